"""The benchmark of live pulses: its arithmetic on known edges; the measurement itself takes minutes and runs apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.live_pulses import OURS, SPARE, Course, Taken, goals, results
from bench.live_reactor import pulses_of
from vapordep.app.places import reactor_file
from vapordep.reactor import read_reactor
from vapordep.recipe import read_recipe

COURSE = Course(blocks=3, count=4, width=0.03, period=0.3, rest=30.0)


def frame(relay: int, state: str) -> str:
    return f"0007000000060105{relay:04x}{state}"


def taken(*, stretch: float = 0.0, drift: float = 0.0) -> Taken:
    """Both senders on time, ours `stretch` s too wide and `drift` s later with each pulse."""
    planned = 100.0 + COURSE.planned()
    opened = planned + drift * np.arange(len(planned))
    ours = np.stack([opened, opened + COURSE.width + stretch], axis=1)
    limit = np.stack([planned + 5.0, planned + 5.03], axis=1)
    return Taken(ours, planned, limit, planned + 5.0, np.full(len(planned), COURSE.width))


def test_pulses_of_one_relay_are_found_among_others() -> None:
    edges = [
        (0.0, frame(OURS, "0000")),
        (1.0, frame(OURS, "ff00")),
        (1.1, frame(SPARE, "ff00")),
        (1.2, frame(OURS, "0000")),
        (1.3, frame(SPARE, "0000")),
    ]
    assert pulses_of(edges, OURS) == [(1.0, 1.2)]
    assert pulses_of(edges, SPARE) == [(1.1, 1.3)]


def test_an_edge_that_was_read_together_with_the_next_has_no_instant() -> None:
    ((opened, closed),) = pulses_of([(1.2, frame(OURS, "ff00") + frame(OURS, "0000"))], OURS)
    assert np.isnan(opened)
    assert closed == 1.2


@pytest.mark.parametrize("frames", [[frame(OURS, "ff00")], [frame(OURS, "ff00") + "00"], [frame(OURS, "ff00")] * 2])
def test_edges_that_tell_no_widths_are_no_figure(frames: list[str]) -> None:
    with pytest.raises(RuntimeError):
        pulses_of([(float(number), each) for number, each in enumerate(frames)], OURS)


def test_a_stretched_pulse_misses_the_goal_of_widths() -> None:
    found = results(taken(stretch=2e-3), COURSE)
    assert found.ours.width_p50_us == pytest.approx(2000.0)
    assert found.limit.width_p99_us == pytest.approx(0.0, abs=1e-3)
    missed = [what for what, value, goal in goals(found) if value > goal]
    assert missed == ["p50 beyond C's", "p99 beyond C's"]


def test_drift_is_against_the_recipe_and_counts_from_its_first_pulse() -> None:
    found = results(taken(drift=1e-4), COURSE)
    assert found.last_edge == pytest.approx(1100.0)
    assert found.drift == pytest.approx(1100.0)
    assert found.after_rest == pytest.approx((400.0, 800.0))


def test_a_pulse_that_never_arrived_is_no_figure() -> None:
    whole = taken()
    with pytest.raises(RuntimeError, match="11 pulses arrived of 12"):
        results(replace(whole, ours=whole.ours[:-1]), COURSE)


@pytest.mark.parametrize("width", [6e-5, 0.25, float("nan")])
def test_what_the_engine_itself_recorded_wrong_is_its_fault_and_no_busy_machine(width: float) -> None:
    whole = taken()
    whole.commanded[3] = width
    whole.ours[:, 0] = np.nan
    with pytest.raises(RuntimeError, match="a fault of the engine: by its own record 1 of 12"):
        results(whole, COURSE)


def test_pulses_that_were_not_seen_are_left_out_unless_they_are_many() -> None:
    long = Course(blocks=2, count=100, width=0.03, period=0.3, rest=30.0)
    planned = long.planned()
    ours = np.stack([planned, planned + 0.031], axis=1)
    ours[3, 0] = ours[100, 0] = np.nan
    told = Taken(ours, planned, ours, planned, np.full(len(planned), long.width))
    found = results(told, long)
    assert found.ours.pulses == 198
    assert found.ours.width_max_us == pytest.approx(1000.0)
    assert found.after_rest == ()
    ours[7, 0] = np.nan
    with pytest.raises(RuntimeError, match="too busy"):
        results(told, long)


def test_its_recipe_is_one_that_the_shipped_reactor_takes(tmp_path: Path) -> None:
    path = tmp_path / "pulses.yaml"
    path.write_text(COURSE.recipe(), encoding="utf-8")
    reactor = read_reactor(reactor_file(None))
    assert read_recipe(path, reactor).plan.steps
