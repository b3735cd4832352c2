"""The verdict on a leak check, against the limits of lithium: a note, an alarm, or a run that does not go on."""

from types import SimpleNamespace
from typing import Any

import pytest

from vapordep.analysis import RateOfRise
from vapordep.chemistry import substrate
from vapordep.engine.leak import hidden_by_drift, judge_leak
from vapordep.errors import RunError
from vapordep.model.events import Kind

LITHIUM = substrate("lithium")
VOLUME = 1e-3


def judged(leak: float, limit: float = 1e-9, first: float | None = None) -> tuple[Kind, str, dict[str, Any]]:
    """What is told of a leak, Pa m3/s, seen by a gauge with that limit; `first`: the rise of the first third."""
    notes: list[tuple[Kind, str, dict[str, Any]]] = []
    rig: Any = SimpleNamespace(
        reactor=SimpleNamespace(chamber=SimpleNamespace(volume=VOLUME)),
        substrate=LITHIUM,
        hub=SimpleNamespace(tags=()),
        note=lambda kind, text, **data: notes.append((kind, text, data)),
    )
    rates = [value / VOLUME for value in (leak, limit, leak if first is None else first, leak, limit)]
    judge_leak(rig, RateOfRise(*rates))
    (note,) = notes
    return note


def test_a_small_leak_is_noted_as_a_throughput() -> None:
    kind, text, data = judged(0.5 * LITHIUM.leak_warn)
    assert kind is Kind.STEP
    assert data["leak_Pa_m3_s"] == pytest.approx(0.5 * LITHIUM.leak_warn)
    assert "steady" in text


def test_above_the_warning_it_is_an_alarm_and_the_run_goes_on() -> None:
    kind, text, _ = judged(1.5 * LITHIUM.leak_warn)
    assert kind is Kind.ALARM
    assert "above the warning" in text


def test_what_the_gauge_cannot_see_is_no_alarm() -> None:
    kind, text, _ = judged(1.5 * LITHIUM.leak_warn, limit=2.0 * LITHIUM.leak_warn)
    assert kind is Kind.STEP
    assert "the gauge sees 1e-07" in text


def test_above_the_block_the_run_does_not_go_on() -> None:
    with pytest.raises(RunError, match="lithium bears 2e-07 Pa m3/s") as caught:
        judged(1.1 * LITHIUM.leak_block)
    assert "tighten" in caught.value.remedy


def test_outgassing_is_told_from_a_leak() -> None:
    assert "outgassing" in judged(0.5 * LITHIUM.leak_warn, first=2.0 * LITHIUM.leak_warn)[1]


def test_a_gauge_that_cannot_see_the_limit_proves_nothing() -> None:
    with pytest.raises(RunError, match="sees no leak below") as caught:
        judged(0.0, limit=1.1 * LITHIUM.leak_block)
    assert "longer" in caught.value.remedy


def test_a_drifting_temperature_is_not_blamed_on_the_gauge() -> None:
    """The stage cooled by 0.5 K/s: neither a longer check nor a finer gauge would have told more."""
    rig: Any = SimpleNamespace(reactor=SimpleNamespace(chamber=SimpleNamespace(volume=VOLUME)), substrate=LITHIUM)
    steady = RateOfRise(0.0, 0.2 * LITHIUM.leak_block / VOLUME, 0.0, 0.0, 0.0)
    with pytest.raises(RunError, match="while the temperature drifts") as caught:
        judge_leak(rig, steady.without(drift=10.0 * LITHIUM.leak_block / VOLUME))
    assert "steady" in caught.value.remedy


@pytest.mark.parametrize(
    ("limit", "drift", "hidden"),
    [(0.2, 0.0, False), (0.2, 7.0, False), (0.2, 9.0, True), (1.1, 0.0, False), (1.1, 9.0, False)],
)
def test_a_drift_hides_what_the_gauge_would_see_in_a_steady_chamber(limit: float, drift: float, hidden: bool) -> None:
    """A tenth of the drift, in leaks that lithium just bears, adds to what the gauge cannot see."""
    rig: Any = SimpleNamespace(reactor=SimpleNamespace(chamber=SimpleNamespace(volume=VOLUME)), substrate=LITHIUM)
    bears = LITHIUM.leak_block / VOLUME
    assert hidden_by_drift(rig, RateOfRise(0.0, limit * bears, 0.0, 0.0, 0.0).without(drift * bears)) is hidden
    assert not hidden_by_drift(rig, None)


def test_no_reading_is_no_verdict() -> None:
    with pytest.raises(RunError, match="no valid pressure"):
        judge_leak(
            SimpleNamespace(reactor=SimpleNamespace(chamber=SimpleNamespace(volume=1.0)), substrate=LITHIUM), None
        )  # type: ignore[arg-type]


def test_a_pressure_that_falls_hides_a_leak_and_proves_nothing() -> None:
    assert judged(-0.9 * LITHIUM.leak_warn)[0] is Kind.STEP, "as noise may do"
    with pytest.raises(RunError, match="falls") as caught:
        judged(-1.1 * LITHIUM.leak_warn)
    assert "steady" in caught.value.remedy
