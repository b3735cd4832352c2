"""Vapour behind gas: which part of a pulse counts as vapour, and when none does."""

from dataclasses import replace

import pytest

from tests.unit.safety.rig import instrument_tags, reactor, source
from vapordep.chemistry import substrate
from vapordep.model.batches import Batch, Sample
from vapordep.model.deliveries import Boost, Bubbler
from vapordep.model.sources import BUBBLER, SourceLine
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.behind_gas import Part, left_of
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.safety.monitors.surface import Saturation
from vapordep.safety.vapour import vapour_part
from vapordep.units import Pa, degC, g, one

ALONE = source("TMA", "trimethylaluminium")
BUBBLED = replace(ALONE, delivery=BUBBLER, bubbler=Bubbler("push", 1e4), shortest_pulse=0.05, zone="TMA")
PUSHED = replace(ALONE, boost=Boost("TMA.boost_valve", "argon", 3e3))
TAGS = {
    "TMA.temperature": Tag("TMA.temperature", degC, stale_after=2.0),
    "TMA.left": Tag("TMA.left", g, stale_after=float("inf")),
    "chamber.pressure": Tag("chamber.pressure", Pa, stale_after=0.5),
    "foil.temperature": Tag("foil.temperature", degC, stale_after=2.0),
    "TMA.valve": Tag("TMA.valve", one, stale_after=2.0),
}


def shown(**values: float) -> dict[str, Sample]:
    return {name.replace("_", "."): Sample(10.0, value, Quality.GOOD) for name, value in values.items()}


def part(line: SourceLine, **values: float) -> float | None:
    return Part(line, TAGS).of(shown(**values), 10.0)


def test_the_vapour_of_a_bottle_by_itself_is_all_of_it() -> None:
    assert part(ALONE) == 1.0
    assert Part(ALONE, TAGS).reads == ()


def test_a_bubbler_counts_by_its_temperature_while_something_is_left() -> None:
    assert set(Part(BUBBLED, TAGS).reads) == {"TMA.temperature", "TMA.left"}
    assert part(BUBBLED, TMA_temperature=293.15, TMA_left=1e-3) == vapour_part(BUBBLED, 293.15)
    assert part(BUBBLED, TMA_temperature=283.15, TMA_left=1e-3) == vapour_part(BUBBLED, 283.15)
    assert part(BUBBLED, TMA_temperature=293.15, TMA_left=0.0) is None, "it is empty"
    assert part(BUBBLED, TMA_temperature=293.15) is None, "nobody knows what it holds"
    assert part(BUBBLED, TMA_left=1e-3) is None, "nobody knows how warm it is"
    assert part(PUSHED, TMA_left=1e-3) == vapour_part(PUSHED, ALONE.temperature), "no zone warms it"


def test_nothing_counts_as_left_until_it_is_told() -> None:
    whole = replace(reactor(), sources={"TMA": BUBBLED, "H2O": source("H2O", "water")})
    [told] = left_of(whole)
    assert (told.tag.name, told.value) == ("TMA.left", 0.0)
    tags = {**instrument_tags(), "TMA.temperature": TAGS["TMA.temperature"]}
    assert "TMA.left" in [monitor.tag.name for monitor in monitors_of(whole, substrate("silicon"), tags)]
    steady = replace(BUBBLED, shortest_pulse=float("inf"))
    assert list(left_of(replace(whole, sources={"TMA": steady}))) == []


@pytest.mark.parametrize(("left", "expected"), [(1e-3, 0.116), (0.0, 0.0)])
def test_a_pulse_fills_by_its_vapour_alone(left: float, expected: float) -> None:
    """5 Pa s at a k of 0.2/(Pa s), of which 11.7 % are vapour."""
    monitor = Saturation(
        "surface.saturation", {"TMA.valve": lambda kelvin: 0.2}, (), TAGS, {"TMA.valve": Part(BUBBLED, TAGS)}
    )
    derivation = Derivation([monitor])
    found = []
    for step in range(100):
        now = step / 10.0
        batches = [Batch.one("foil.temperature", now, 373.15), Batch.one("TMA.temperature", now, 293.15)]
        batches += [Batch.one("TMA.left", now, left)] if step == 0 else []
        pressure = 100.0 + (5.0 if 5.0 < now <= 6.0 else 0.0)
        batches += [Batch.one("chamber.pressure", now, pressure)]
        found += [batch.last.value for batch in derivation(batches)]
        if step == 55:
            found += [batch.last.value for batch in derivation([Batch.of("TMA.valve", (4.95, 5.45), (1.0, 0.0))])]

    assert max(found) == pytest.approx(expected, abs=0.02)
