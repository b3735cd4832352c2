"""The notebook of the docs: every cell of it is executed, in order, against a real server on the loopback."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.unit.api.asking import live
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right, Role
from vapordep.api.application import application

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebooks" / "runs.ipynb"
pytestmark = pytest.mark.wall


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server whose dry runs are real, and a token as the page says one gets it."""
    accounts = Accounts.of(tmp_path)
    accounts.people.add("anna", Role.OPERATOR, "a few good words")
    rights = frozenset({Right.READ, Right.ABORT, Right.RUN})
    token = accounts.tokens.make(accounts.people.named("anna"), "notebook", rights, 1.0)
    shown = live()
    shown.served = replace(shown.served, history=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        config = uvicorn.Config(application(shown, port, accounts), log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield {"VAPORDEP_URL": f"http://127.0.0.1:{port}", "VAPORDEP_TOKEN": token}
        server.should_exit = True
        thread.join(60)
    shown.trials.close()


def test_every_cell_of_the_notebook_runs(served: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("xarray")
    monkeypatch.setenv("MPLBACKEND", "agg")
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    page: dict[str, Any] = json.loads(PAGE.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for number, cell in enumerate(page["cells"]):
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None), "the page is kept without what it gave"
            exec(compile("".join(cell["source"]), f"{PAGE.name}, cell {number}", "exec"), names)  # noqa: S102 - ours
    assert names["report"]["state"] == "COMPLETE"
    assert len(names["pulses"]) >= 6
    assert names["cycles"].dims == ("cycle", "t_in_cycle")
    assert names["cycles"].sizes["cycle"] == 3
    assert list(names["table"].index) == [names["run"]]
    names["plt"].close("all")
