"""The pulse benchmark: its arithmetic on known stamps, and both senders once over loopback."""

import shutil
import sys
from pathlib import Path

import pytest

from bench.limits import compiled
from bench.pulses import Batch, Stamps, errors, fifo_priority, figures, received

BATCH = Batch(count=8, period_ns=5_000_000, width_ns=2_000_000)


def arrivals(batch: Batch, *, late_ns: int = 0, stretch_ns: int = 0, drift_ns: int = 0) -> Stamps:
    """Frames as they would arrive: `late_ns` after plan, `stretch_ns` too long, `drift_ns` later with each pulse."""
    return [
        (f"{kind}{n:06d}", n * (batch.period_ns + drift_ns) + late_ns + extra)
        for n in range(batch.count)
        for kind, extra in (("O", 0), ("C", batch.width_ns + stretch_ns))
    ]


def test_a_late_pulse_of_the_right_width_has_no_width_error() -> None:
    width, late = errors(arrivals(BATCH, late_ns=7_000), 0, BATCH)
    assert list(width) == [0.0] * BATCH.count
    assert list(late) == [7.0] * BATCH.count


@pytest.mark.parametrize("stretch", [-3_000, 3_000])
def test_width_errors_count_either_way(stretch: int) -> None:
    width, _ = errors(arrivals(BATCH, stretch_ns=stretch), 0, BATCH)
    assert list(width) == [3.0] * BATCH.count


def test_drift_is_what_the_end_is_later_than_the_beginning() -> None:
    width, late = errors(arrivals(BATCH, drift_ns=1_000), 0, BATCH)
    assert figures(width, late, blocks=1).drift_us == pytest.approx(6.0)  # medians of pulses 0-1 and 6-7


def test_a_lost_frame_is_no_figure() -> None:
    with pytest.raises(ValueError, match="missing"):
        errors(arrivals(BATCH)[:-2], 0, BATCH)


def test_the_limit_gets_the_policy_of_the_clock() -> None:
    assert fifo_priority("SCHED_FIFO 50") == 50
    assert fifo_priority("SCHED_OTHER (SCHED_FIFO not permitted: no rights)") == 0


@pytest.mark.wall
def test_both_senders_keep_the_plan_over_loopback(tmp_path: Path) -> None:
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("the limit needs Linux and a C compiler")
    batch = Batch(count=5, period_ns=40_000_000, width_ns=20_000_000)
    for command, tail in (([str(compiled("pulse", tmp_path))], ["0"]), ([sys.executable, "-m", "bench.sender"], [])):
        width, late = received(command, batch, tail)
        assert (late > 0).all(), "nothing may leave before its instant"
        assert width.min() < 5_000, "a quarter of a pulse: the plan is kept at all"
