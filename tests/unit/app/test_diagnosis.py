"""The doctor's judgement: figures on both sides of each limit, and what is not known."""

import math

import pytest

from vapordep.app import diagnosis
from vapordep.app.diagnosis import Grade, Line, Spread, worst

OK, DOUBT, BAD = Grade.OK, Grade.DOUBT, Grade.BAD
QUICK = Spread(1e-6, 2e-6, 3e-6)


def spread(p99: float) -> Spread:
    return Spread(p99 / 2, p99, p99 * 2)


def test_a_spread_takes_its_percentiles_by_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert Spread.of(values[::-1]) == Spread(50.0, 99.0, 100.0)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)
    assert spread(1e-3).text == "p50 500 us, p99 1 ms, at most 2 ms"


@pytest.mark.parametrize(
    ("p99", "grade"),
    [(0.4e-3, OK), (0.5e-3, OK), (0.6e-3, DOUBT), (2e-3, DOUBT), (2.1e-3, BAD), (math.nan, BAD), (math.inf, BAD)],
)
def test_dose_timing(p99: float, grade: Grade) -> None:
    line = diagnosis.dose_timing(spread(p99), QUICK, "SCHED_OTHER")
    assert line.grade is grade
    assert bool(line.remedy) == (grade is not OK)


def test_it_says_whether_the_computer_or_the_program_is_late() -> None:
    assert "no better with nothing in the way" in diagnosis.dose_timing(spread(5e-3), spread(4e-3), "x").remedy
    assert "the program adds to it" in diagnosis.dose_timing(spread(5e-3), spread(1e-3), "x").remedy
    assert dict(diagnosis.dose_timing(spread(5e-3), spread(1e-3), "x").figures)["ratio_p99"] == pytest.approx(5.0)


@pytest.mark.parametrize(("p99", "grade"), [(2e-3, OK), (3e-3, DOUBT), (0.25, DOUBT), (0.26, BAD)])
def test_reaction(p99: float, grade: Grade) -> None:
    assert diagnosis.reaction(spread(p99), QUICK).grade is grade


@pytest.mark.parametrize(("p99", "grade"), [(0.1, OK), (0.2, DOUBT), (1.1, BAD)])
def test_durable_writes(p99: float, grade: Grade) -> None:
    assert diagnosis.fsync(spread(p99)).grade is grade


@pytest.mark.parametrize(("share", "grade"), [(0.0, OK), (0.02, DOUBT), (0.2, BAD), (None, DOUBT)])
def test_stolen_time(share: float | None, grade: Grade) -> None:
    assert diagnosis.steal(share).grade is grade


@pytest.mark.parametrize(("free", "grade"), [(600.0, OK), (499.0, DOUBT), (99.0, BAD)])
def test_disk_space(free: float, grade: Grade) -> None:
    assert diagnosis.disk(free, 100.0, 500.0).grade is grade


@pytest.mark.parametrize(
    ("line", "grade"),
    [
        (diagnosis.policy("SCHED_FIFO 50"), OK),
        (diagnosis.policy("SCHED_OTHER (SCHED_FIFO not permitted)"), DOUBT),
        (diagnosis.sqlite("3.51.3", None), OK),
        (diagnosis.sqlite("3.40.1", "may damage a file"), DOUBT),
        (diagnosis.sleep(0.0), OK),
        (diagnosis.sleep(600.0), DOUBT),
        (diagnosis.sleep(None), DOUBT),
        (diagnosis.synchronised(True), OK),
        (diagnosis.synchronised(False), DOUBT),
        (diagnosis.synchronised(None), DOUBT),
        (diagnosis.python((3, 11), "3.11.7", (3, 11)), OK),
        (diagnosis.python((3, 10), "3.10.1", (3, 11)), BAD),
        (diagnosis.visa(("pyvisa 1.16",), 1), OK),
        (diagnosis.visa((), None, "pyvisa is not installed"), DOUBT),
    ],
)
def test_what_is_not_well_says_what_to_do(line: Line, grade: Grade) -> None:
    assert line.grade is grade
    assert bool(line.remedy) == (grade is not OK)


def test_the_worst_line_decides() -> None:
    lines = [Line("a", OK, ""), Line("b", BAD, ""), Line("c", DOUBT, "")]
    assert (worst(lines), worst(lines[::2]), worst([])) == (BAD, DOUBT, OK)


def test_a_figure_that_is_not_known_is_null() -> None:
    assert Line("a", OK, "", "", (("x", math.nan),)).as_json()["figures"] == {"x": None}
