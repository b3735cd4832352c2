"""Protection: a stretch of samples is rehearsed on copies, and lived through only when it is adopted."""

import math

import numpy as np

from tests.unit.safety.rig import GOOD_VALUES, Rig, on_rig
from vapordep.model.batches import Batch


def stretch(since: float, seconds: float, **changes: float) -> list[Batch]:
    """Samples of every tag each 0.1 s; from its half on with these changes."""
    times = since + np.arange(1, round(seconds * 10) + 1) / 10.0
    late = times > since + seconds / 2.0
    changed = {tag.replace("__", "."): value for tag, value in changes.items()}
    return [
        Batch.of(tag, times.tolist(), np.where(late, changed.get(tag, value), value).tolist())
        for tag, value in GOOD_VALUES.items()
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

    on_rig(main)
