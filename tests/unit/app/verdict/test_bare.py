"""What bare metal saw: until a verified dose or a closed polymer covers it, whichever comes first."""

import numpy as np
import pytest

from tests.recipes.dry import REACTOR
from vapordep.app.verdict.bare import bare
from vapordep.history.recordings.recording import Samples
from vapordep.reactor import read_reactor
from vapordep.safety.monitors.grown import CLOSED

TIMES = np.arange(0.0, 100.0)
NEVER = np.zeros(100)
DOSED = (TIMES >= 60.0).astype(float)
GROWN = CLOSED * TIMES / 40.0


@pytest.mark.parametrize(
    ("cover", "film", "covered"),
    [
        (DOSED, None, 60.0), (None, GROWN, 40.0), (DOSED, GROWN, 40.0), (DOSED, 0.5 * GROWN, 60.0),
        (NEVER, None, None), (NEVER, 0.1 * GROWN, None),
    ],
)  # fmt: skip
def test_the_first_cover_ends_it(cover: np.ndarray | None, film: np.ndarray | None, covered: float | None) -> None:
    told = {"lithium.covered": cover, "bare.film": film, "chamber.pressure": np.full(100, 20.0)}

    def read(tag: str) -> Samples | None:
        values = told.get(tag)
        return None if values is None else Samples(TIMES, values, np.zeros(100, dtype=np.uint8))

    found = bare("lithium", read_reactor(REACTOR), read, (), 0.0, 99.0)
    assert found is not None
    assert found.covered == covered
    assert found.seen.duration == pytest.approx((99.0 if covered is None else covered) - 1.0)


def test_where_nothing_watches_nothing_is_told() -> None:
    pressure = Samples(TIMES, np.full(100, 20.0), np.zeros(100, dtype=np.uint8))
    told = {"chamber.pressure": pressure}
    assert bare("lithium", read_reactor(REACTOR), told.get, (), 0.0, 99.0) is None
    assert bare("lithium", read_reactor(REACTOR), lambda tag: None, (), 0.0, 99.0) is None
