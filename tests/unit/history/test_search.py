"""Lists of runs are read from one index: the long texts of rows cost nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from vapordep.errors import InputError
from vapordep.history.catalogue import Catalogue
from vapordep.history.recorder import Recorder
from vapordep.history.search import Wanted


def test_a_list_and_a_search_read_no_row(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    begin().abandon()
    asked: list[tuple[str, object]] = []
    with Catalogue.read(tmp_path / "history") as catalogue:

        @event.listens_for(catalogue._engine, "before_cursor_execute")
        def _keep(*given: object) -> None:
            asked.append((str(given[2]), given[3]))

        for wanted in (Wanted(), Wanted(words=("ada",), since="2026")):
            assert catalogue.search(wanted)[0] == 1
        told = [(text, values) for text, values in asked if "FROM runs" in text]
        with catalogue._engine.begin() as connection:
            plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in told]  # type: ignore[arg-type]
    assert len(plans) == 4
    for plan in plans:
        steps = [str(row[-1]) for row in plan if " runs" in str(row[-1])]
        assert steps
        assert all("COVERING INDEX" in step for step in steps), steps


@pytest.mark.parametrize("wrong", [{"most": 0}, {"most": 1001}, {"skip": -1}])
def test_a_page_has_an_end(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="1 to 1000"):
        Wanted(**wrong)  # type: ignore[arg-type]
