"""The monitor of a turbo pump: ready once its relay was on for its spin-up, without a break."""

import math

import pytest

from tests.unit.safety.rig import instrument_tags, reactor
from vapordep.chemistry import substrate
from vapordep.model.batches import Sample
from vapordep.model.chamber import PumpLine, Turbo
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.safety.monitors.turbo import AtSpeed
from vapordep.units import state

AT_SPEED = AtSpeed(Turbo("turbo.power", 240.0), {"turbo.power": Tag("turbo.power", state, stale_after=2.0)})


def told(since: float | None, time: float, power: float, seen: float = 0.0) -> tuple[float | None, Sample]:
    return AT_SPEED.update(since, time, {"turbo.power": Sample(time - seen, power, Quality.UNCERTAIN)})


def test_it_is_ready_once_it_was_on_for_its_spin_up() -> None:
    assert (AT_SPEED.tag.name, AT_SPEED.inputs, AT_SPEED.initial) == ("turbo.ready", ("turbo.power",), None)
    assert told(None, 100.0, 1.0) == (100.0, Sample(100.0, 0.0, Quality.UNCERTAIN))
    assert told(100.0, 339.9, 1.0) == (100.0, Sample(339.9, 0.0, Quality.UNCERTAIN))
    assert told(100.0, 340.0, 1.0) == (100.0, Sample(340.0, 1.0, Quality.UNCERTAIN))


@pytest.mark.parametrize("power", [0.0, 0.5])
def test_switched_off_it_begins_anew(power: float) -> None:
    assert told(100.0, 400.0, power) == (None, Sample(400.0, 0.0, Quality.UNCERTAIN))


@pytest.mark.parametrize(("power", "seen"), [(math.nan, 0.0), (1.0, 3.0)])
def test_what_cannot_be_told_is_not_ready(power: float, seen: float) -> None:
    since, sample = told(100.0, 400.0, power, seen)
    assert since is None
    assert (math.isnan(sample.value), sample.quality) == (True, Quality.BAD)


@pytest.mark.parametrize("turbo", [None, Turbo("turbo.power", 240.0)])
def test_a_reactor_with_a_turbo_says_when_it_is_ready(turbo: Turbo | None) -> None:
    rig = reactor(pump=PumpLine("pump.valve", turbo=turbo))
    tags = instrument_tags() | {"turbo.power": Tag("turbo.power", state, stale_after=2.0)}
    names = [monitor.tag.name for monitor in monitors_of(rig, substrate("lithium"), tags)]
    assert ("turbo.ready" in names) is (turbo is not None)
