"""Where a held run goes on: the beginning of the innermost cycle that deposits."""

import pytest

from vapordep.engine.cursor import to_cycle_start
from vapordep.model.place import BEGINNING, Cursor, Place
from vapordep.model.plan import Block
from vapordep.model.steps import Dose, Purge, Set

DOSE, PURGE, SET = Dose(source="TMA", width=0.05), Purge(duration=1.0), Set(output="pump.valve", value=1.0)
WAITS = Block(name="waits", count=3, steps=(SET, PURGE))
INNER = Block(name="inner", count=5, steps=(DOSE, PURGE, WAITS, PURGE))
OUTER = Block(name="outer", count=4, steps=(SET, INNER, PURGE))
STEPS = (PURGE, WAITS, OUTER)


def at(*places: tuple[int, int]) -> Cursor:
    return tuple(Place(step, cycle) for step, cycle in places)


@pytest.mark.parametrize(
    ("cursor", "goes_on"),
    [
        pytest.param(BEGINNING, BEGINNING, id="beginning"),
        pytest.param(at((0, 0)), at((0, 0)), id="a step on its own"),
        pytest.param(at((1, 0), (1, 2)), at((1, 0), (1, 2)), id="a cycle that does not deposit"),
        pytest.param(at((2, 0)), at((2, 0)), id="a block that has not begun"),
        pytest.param(at((2, 0), (2, 3)), at((2, 0), (0, 3)), id="the outer cycle"),
        pytest.param(at((2, 0), (1, 3), (1, 4)), at((2, 0), (1, 3), (0, 4)), id="the inner cycle"),
        pytest.param(at((2, 0), (1, 3), (2, 4), (1, 1)), at((2, 0), (1, 3), (0, 4)), id="waits within a cycle"),
        pytest.param(at((3, 0)), at((3, 0)), id="the end"),
    ],
)
def test_a_run_goes_on_with_the_innermost_cycle_that_deposits(cursor: Cursor, goes_on: Cursor) -> None:
    assert to_cycle_start(STEPS, cursor) == goes_on


def test_a_cursor_into_a_step_that_holds_nothing_is_a_fault_of_the_program() -> None:
    with pytest.raises(IndexError, match="no block"):
        to_cycle_start(STEPS, at((0, 0), (1, 0)))
