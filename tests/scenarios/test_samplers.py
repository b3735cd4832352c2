"""Both samplers tell the same story: foretold in arrays, or asked poll by poll in bytes. Noise is always on."""

import pytest

from tests.scenarios.alike import differences
from tests.scenarios.stories import STORIES
from vapordep.model.events import Kind

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.many) for seed in range(2, 21))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", STORIES)
def test_both_samplers_tell_the_same_story(name: str, seed: int) -> None:
    story = STORIES[name]
    polled, foretold = (story.tell(seed, wire=wire) for wire in (True, False))
    assert differences(polled, foretold) == []
    for scene in (polled, foretold):
        assert scene.run.state is story.ends, scene.run.reason
        assert sorted(str(event.data["id"]) for event in scene.kind(Kind.TRIP)) == sorted(story.trips)
