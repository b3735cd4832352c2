"""The derivation: a long stretch is taken in arrays only where that gives what single samples give."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.unit.safety.rig import instrument_tags, reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.hub import Hub
from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality
from vapordep.reactor import read_reactor
from vapordep.reactor.table import tag_table, with_derived
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.safety.monitors.readings import Commanded
from vapordep.safety.monitors.valves import AnyOpen, NeverOpen

TAGS = instrument_tags()
VALVES = ("TMA.valve", "H2O.valve")


def begun() -> Derivation:
    """Both valves were seen shut at 10 s."""
    derivation = Derivation(
        [NeverOpen("walls.bare", VALVES, TAGS), AnyOpen("sources.open", VALVES, TAGS), Commanded("carrier", TAGS)]
    )
    derivation([Batch.one(valve, 10.0, 0.0) for valve in VALVES])
    return derivation


def shut(tag: str, times: Sequence[float]) -> Batch:
    return Batch.of(tag, times, [0.0] * len(times))


LONG = [10.5 + n / 10.0 for n in range(40)]
FIRST_IS_LATE = [9.0, *LONG]
LAST_IS_LATE = [*LONG, 9.0]
STRETCHES: dict[str, tuple[bool, list[Batch]]] = {
    "all newer": (True, [shut(valve, LONG) for valve in VALVES]),
    "at the instant that is known": (False, [shut(valve, [10.0, *LONG]) for valve in VALVES]),
    "one without samples": (True, [shut("TMA.valve", LONG), shut("H2O.valve", [])]),
    "one without samples, and never heard of": (True, [shut("TMA.valve", LONG), shut("carrier.flow_setpoint", [])]),
    "short": (False, [shut("TMA.valve", LONG[:20])]),
    "one is older": (False, [shut("TMA.valve", LONG), shut("H2O.valve", [8.0, 9.0])]),
    "all are older": (False, [shut("TMA.valve", [n / 10.0 for n in range(40)])]),
    "its first sample is older": (False, [shut("TMA.valve", FIRST_IS_LATE)]),
    "what is derived comes with it": (False, [*(shut(valve, LONG) for valve in VALVES), shut("sources.open", LONG)]),
    "it does not rise": (False, [shut("TMA.valve", LAST_IS_LATE), shut("H2O.valve", LONG)]),
}


@pytest.mark.parametrize("what", STRETCHES)
def test_only_a_long_stretch_that_is_all_new_is_taken_in_arrays_and_gives_what_a_walk_gives(what: str) -> None:
    leaps, stretch = STRETCHES[what]
    derivation, walking, taken = begun(), begun(), []
    over = derivation._over
    derivation._over = lambda batches: taken.append(1) or over(batches)  # type: ignore[method-assign, func-returns-value]
    given, walked = derivation(stretch), walking.walk(stretch)
    assert bool(taken) is leaps
    assert [repr(batch.values.tolist()) for batch in given] == [repr(batch.values.tolist()) for batch in walked]
    assert {tag: repr(s) for tag, s in derivation.latest.items()} == {tag: repr(s) for tag, s in walking.latest.items()}
    assert repr(derivation._states) == repr(walking._states)


def test_what_was_told_late_is_remembered_by_whoever_reads_that_tag() -> None:
    derivation = begun()
    assert derivation.latest["walls.bare"].value == 1.0
    assert derivation([Batch.of("TMA.valve", (9.0, 9.1), (1.0, 0.0))]) == [], "it shows with the next sample"
    assert derivation.latest["TMA.valve"].time == 10.0
    derivation([Batch.one("TMA.valve", 10.1, 0.0)])
    assert derivation.latest["walls.bare"].value == 0.0


def test_of_one_instant_each_monitor_speaks_once_and_reads_those_before_it() -> None:
    """A reads the valve, B reads A and the valve."""
    first = AnyOpen("a.open", ("TMA.valve",), TAGS)
    second = NeverOpen("b.bare", ("a.open", "TMA.valve"), {**TAGS, "a.open": first.tag})
    derivation = Derivation([first, second])
    a, b = derivation([Batch.one("TMA.valve", 1.0, 1.0)])
    assert (a.tag, a.values.tolist()) == ("a.open", [1.0])
    assert (b.tag, b.values.tolist()) == ("b.bare", [0.0]), "not without value: what it reads was there first"


def test_a_monitor_cannot_read_itself() -> None:
    with pytest.raises(ValueError, match=r"a.open reads a.open"):
        Derivation([AnyOpen("a.open", ("a.open",), {"a.open": TAGS["TMA.valve"]})])


def test_the_surface_hears_of_the_valves_of_all_other_sources() -> None:
    monitors = {monitor.tag.name: monitor for monitor in monitors_of(reactor(), substrate("lithium"), TAGS)}
    assert monitors["surface.saturation"].inputs == ("chamber.pressure", "TMA.valve", "H2O.valve", "EG.valve")


def test_what_a_monitor_forgot_it_says_anew_with_the_next_sample_of_anything() -> None:
    derivation = begun()
    derivation([Batch.one("TMA.valve", 10.1, 1.0)])
    derivation.reset("walls.bare")
    [bare] = derivation([Batch.one("chamber.pressure", 10.2, 97.0)])
    assert (bare.tag, bare.last) == ("walls.bare", Sample(10.2, 0.0, Quality.GOOD))
    assert np.isfinite(bare.values).all()


def test_a_reactor_all_of_whose_tags_fall_silent_at_once_shows_all_that_is_read_bad() -> None:
    """As after a computer that stood still: what is derived falls silent with what it is derived from."""
    shipped = read_reactor(Path(__file__).resolve().parents[4] / "reactors" / "icvd.yaml")
    read, lithium = tag_table(shipped), substrate("lithium")
    derivation = Derivation(monitors_of(shipped, lithium, read))

    async def main(clock: VirtualClock) -> None:
        hub = Hub(with_derived(read, shipped, lithium), clock)
        hub.derive = derivation
        hub.publish([Batch.one(tag, clock.now(), 1.0) for tag in read])
        await clock.sleep(1e3)
        hub.tick(clock.now())
        assert {hub.latest[tag].quality for tag in (*read, "chamber.pressure")} == {Quality.BAD}

    run_virtual(main)
