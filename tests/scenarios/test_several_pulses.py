"""Doses of several pulses: each is on record, the last has the area of all, and the surface counts them as one."""

import itertools
import math

import pytest

from tests.scenarios.rigs import Scene, dose, play, purge
from tests.scenarios.stories import STORIES, begun, heat, several
from vapordep.model.pulses import PulseRecord, Verdict
from vapordep.model.run import RunState
from vapordep.model.steps import Dose


def pulses_of(name: str) -> list[PulseRecord]:
    story = STORIES[name]
    scene = play(story.plan, hot=story.hot, wire=False)
    assert scene.run.state is RunState.COMPLETE, scene.run.reason
    return [pulse for pulse in scene.book.pulses.values() if isinstance(pulse, PulseRecord)]


def test_each_pulse_is_on_record_and_the_last_has_the_area_of_all() -> None:
    first, second, third, *others = pulses_of("doses of several pulses")
    assert [pulse.verdict for pulse in (first, second, third)] == [Verdict.PART, Verdict.PART, Verdict.GOOD]
    assert [pulse.intent.number for pulse in (first, second, third)] == [1, 2, 3]
    assert first.intent.step == "nucleation[1].dose TMA 3 x 20 ms"
    opened = [pulse.commanded_open for pulse in (first, second, third)]
    assert [b - a for a, b in itertools.pairwise(opened)] == pytest.approx([0.52, 0.52], abs=0.01)
    assert math.isnan(first.area)
    assert len(others) == 8
    assert {pulse.verdict for pulse in others[1::2]} == {Verdict.GOOD}


def test_a_pulse_is_on_record_as_soon_as_its_valve_has_shut() -> None:
    """Its area comes later: a process that goes away in the purge leaves a dose that is known to have been given."""
    seen: list[PulseRecord] = []

    async def script(scene: Scene) -> None:
        await scene.until(lambda: 1 in scene.book.pulses)
        seen.append(scene.book.pulses[1])
        assert scene.clock.now() < seen[0].commanded_close + 1.0

    scene = play(begun(dose("TMA", 0.05), purge(30.0)), script, wire=True)
    early, late = *seen, scene.book.pulses[1]
    assert (early.verdict, late.verdict) == (Verdict.UNMEASURED, Verdict.GOOD)
    assert early.width == late.width == pytest.approx(0.05)
    assert early.acknowledged_close == late.acknowledged_close > early.commanded_close
    assert math.isnan(early.area)
    assert late.area > 0.0


def test_exposures_add_up_in_truth_and_on_the_gauge() -> None:
    """The gauge shows some 11 Pa s less than vapour came: for a moment the carrier's flow gives way to it."""

    def given(step: Dose) -> tuple[float, float]:
        scene = play(begun(heat(walls=100, stage=100), step, purge(30.0)), wire=False)
        area = list(scene.book.pulses.values())[-1]
        assert isinstance(area, PulseRecord)
        return scene.report()["exposures"]["trimethylaluminium"], area.area

    (one, seen), (three, all_seen) = given(dose("TMA", 0.02)), given(several("TMA", 0.02, 3))
    assert three == pytest.approx(3.0 * one, rel=0.02)
    assert three - all_seen == pytest.approx(one - seen, abs=1.5)


def test_water_may_follow_what_only_several_pulses_cover() -> None:
    """Each pulse alone fills far less than the 95 % that water needs; the sum does it."""
    small = several("TMA", 0.004, 3)
    water = (purge(30.0), dose("H2O", 0.03), purge(30.0))
    together = play(begun(heat(walls=100, stage=100), small, *water), wire=False)
    alone = play(begun(heat(walls=100, stage=100), dose("TMA", 0.004), *water), wire=False, attended=False)
    assert together.run.state is RunState.COMPLETE, together.run.reason
    assert "C3" in alone.run.reason
