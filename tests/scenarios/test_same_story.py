"""One seed, one story: in every process, whatever the order of its hashes."""

import hashlib
import os
import subprocess
import sys

import pytest

from tests.scenarios.rigs import ROOT, Scene, dose, plan, play, purge, repeat
from vapordep.model.run import RunState, Verb

TELL = "from tests.scenarios.test_same_story import story; print(story())"


def story() -> str:
    """A digest of all that a run with a hold writes down."""

    async def script(scene: Scene) -> None:
        await scene.doses(2)
        scene.ask(Verb.HOLD)
        await scene.state(RunState.HELD)
        scene.ask(Verb.RESTART)

    scene = play(plan(repeat(3, dose(), purge(1.0), layer="TMA")), script)
    events = [(event.time, event.kind, event.text, sorted(event.data.items())) for event in scene.book.events]
    told = [*map(repr, events), *map(repr, scene.book.pulses.values()), repr(scene.report())]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def test_one_process_tells_it_twice_alike() -> None:
    assert story() == story()


@pytest.mark.wall
def test_two_processes_tell_it_alike() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", TELL], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1
