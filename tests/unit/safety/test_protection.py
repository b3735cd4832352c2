"""Protection: a stretch of samples is rehearsed on copies, and lived through only when it is adopted."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.safety.rig import ARMED_VALUES, T2, Rig, instrument_tags, on_rig, reactor
from vapordep.chemistry import substrate
from vapordep.errors import ReactorError
from vapordep.model.batches import Batch
from vapordep.model.chamber import GasLine
from vapordep.safety.protection import Protection, Rules


def stretch(since: float, seconds: float, **changes: float) -> list[Batch]:
    """Samples of every tag each 0.1 s; from its half on with these changes."""
    times = since + np.arange(1, round(seconds * 10) + 1) / 10.0
    late = times > since + seconds / 2.0
    changed = {tag.replace("__", "."): value for tag, value in changes.items()}
    return [
        Batch.of(tag, times.tolist(), np.where(late, changed.get(tag, value), value).tolist())
        for tag, value in ARMED_VALUES.items()
    ]


def test_a_rehearsal_changes_nothing_until_it_is_adopted() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        core, now = rig.protection, rig.clock.now()
        evaluations, latest = core.interlocks.evaluations, dict(core.interlocks.latest)
        derived = dict(core.rules.derivation.latest)
        rehearsal = rig.hub.rehearse(now + 4.0, stretch(now, 4.0))
        assert rehearsal.acts == math.inf
        assert {batch.tag for batch in rehearsal.derived} >= {"foil.temperature", "sources.apart"}
        assert core.interlocks.latest == latest
        assert core.rules.derivation.latest == derived
        assert core.interlocks.evaluations == evaluations
        rehearsal.adopt()
        assert core.interlocks.latest["chamber.pressure"].time == now + 4.0
        assert core.rules.derivation.latest["foil.temperature"].time == now + 4.0

    on_rig(main)


def test_a_rehearsal_tells_the_first_instant_at_which_anything_acts_and_calls_nobody() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        now = rig.clock.now()
        rehearsal = rig.hub.rehearse(now + 4.0, stretch(now, 4.0, stage__temperature=1e3))
        assert now + 2.0 < rehearsal.acts <= now + 2.2 + 1e-9
        assert rig.trips == []
        assert rig.protection.arming.armed

    on_rig(main)


def test_the_hub_is_told_of_deadlines_and_of_pulses_to_come() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        assert rig.hub.deadline() == rig.protection.interlocks.due < math.inf
        assert rig.hub.attentive() is rig.gate.expectant is False
        rig.hub.attentive = lambda: pytest.fail("whatever stood there before")
        rules = rig.protection.rules
        again = Protection(rules, rig.devices, rig.clock, rig.hub, rig.events.append)
        assert rig.hub.attentive() is again.gate.expectant is False
        assert again.log == rig.events.append

    on_rig(main)


def test_of_several_that_would_act_the_first_instant_is_told() -> None:
    """The foil after two samples, the pressure beside an open source after half a second."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        now = rig.clock.now()
        hot = {"stage__temperature": 1e3, "chamber__pressure": 1.5e3, "TMA__valve": 1.0}
        assert now + 2.0 < rig.hub.rehearse(now + 4.0, stretch(now, 4.0, **hot)).acts <= now + 2.2 + 1e-9

    on_rig(main)


def test_what_follows_from_samples_follows_when_a_stretch_is_adopted_too() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        now, followed = rig.clock.now(), []
        rig.gate.recheck = lambda: followed.append("pulses to come")  # type: ignore[method-assign]
        rig.protection.arming.take_turns = lambda: followed.append("alarms")  # type: ignore[method-assign]
        rehearsal = rig.hub.rehearse(now + 4.0, stretch(now, 4.0))
        assert followed == []
        rehearsal.adopt()
        assert followed == ["alarms", "pulses to come"]
        rig.protection._judge(now + 5.0, [])
        assert followed == ["alarms", "pulses to come", "alarms"], "without samples no permit has changed"

    on_rig(main)


def test_a_reactor_that_cannot_be_is_refused_before_anything_is_made() -> None:
    tags, lithium = instrument_tags(), substrate("lithium")
    with pytest.raises(ReactorError, match="nitrogen"):
        Rules(reactor(lines={"carrier": GasLine("carrier", "nitrogen", where="rig.yaml:carrier")}), lithium, tags)
    with pytest.raises(ReactorError, match="T1"):
        Rules(reactor(interlocks=(replace(T2, id="T1"),)), lithium, tags)


def test_of_a_loaded_sample_neither_cover_nor_what_it_has_seen_is_known() -> None:
    async def main(rig: Rig) -> None:
        derivation, forgotten = rig.protection.rules.derivation, []
        derivation.reset = lambda *names: forgotten.extend(names)  # type: ignore[method-assign]
        rig.protection.loaded()
        assert "surface.saturation" in forgotten
        assert {name for name in forgotten if name != "surface.saturation"} == {
            tag for tag in derivation.tags if tag.startswith("bare.")
        }

    on_rig(main)
    tags = Rules(reactor(), substrate("lithium"), instrument_tags()).derivation.tags
    assert any(tag.startswith("bare.") for tag in tags)
