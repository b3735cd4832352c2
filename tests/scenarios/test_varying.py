"""A loop that varies, as it runs: its cycles are numbered through, and are those of one layer."""

from itertools import pairwise

import pytest

from tests.scenarios.rigs import play
from tests.scenarios.stories import STORIES
from vapordep.model.events import Kind
from vapordep.model.run import RunState


def test_its_cycles_are_numbered_through_and_make_one_layer() -> None:
    story = STORIES["a loop that varies"]
    scene = play(story.plan, hot=story.hot, wire=False)
    assert scene.run.state is RunState.COMPLETE, scene.run.reason
    told = [event.text for event in scene.book.events if event.kind is Kind.CYCLE and "slower" in event.text]
    assert told == ["slower 1 of 3", "slower 2 of 3", "slower 3 of 3"]
    pulses = [pulse for pulse in scene.book.pulses.values() if pulse.intent.step.startswith("slower")]
    assert [pulse.intent.cycle for pulse in pulses] == [1, 1, 2, 2, 3, 3]
    assert [pulse.intent.step[:9] for pulse in pulses[::2]] == ["slower[1]", "slower[2]", "slower[3]"]
    opened = [pulse.commanded_open for pulse in pulses]
    gaps = [after - before for before, after in pairwise(opened)]
    assert gaps == pytest.approx([20.05, 20.03, 22.05, 22.03, 22.05], abs=0.02)
    [layer] = [layer for layer in scene.film.layers if layer.name == "Al2O3"]
    assert layer.cycles == 3
    assert layer.growth_per_cycle == pytest.approx(layer.thickness / 3)
