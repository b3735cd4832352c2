"""One seed, one story: in every process, whatever the order of its hashes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.rigs import HOT, ROOT, Scene, dose, plan, play, purge, repeat
from vapordep.app.places import reactor_file
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.outside import Outside, assumed
from vapordep.history import chain
from vapordep.history.queries import History
from vapordep.history.recordings.recording_file import ABOUT
from vapordep.model.run import RunState, Verb

RECIPE = """
recipe: 1
name: recorded
process: ALD
substrate: lithium
steps:
  - pump: {to: 2 Pa, within: 5 min}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 100 degC, stage: 100 degC, rate: 5 K/min, within: 2 K}
  - purge: {for: 20 s}
  - repeat: 2
    name: nucleation
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {until: cleared, max: 60 s}
  - dose: {source: H2O, pulse: 30 ms}
  - purge: {for: 30 s}
"""
OUTSIDE = Outside(show=lambda snapshot: None, verb=lambda: None, ask=assumed, attended=False)
RECORD = (
    "import sys; from pathlib import Path; from tests.scenarios.test_same_story import recorded; "
    "print(recorded(Path(sys.argv[1]), Path(sys.argv[2]), wire=sys.argv[3] == 'wire'))"
)
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


def recorded(recipe: Path, history: Path, *, wire: bool) -> str:
    """The end of the hash chain of a dry run's events, without run id, process and civil time; a digest of its pulses.

    The last event holds the digest of all samples.
    """
    report = dry_run(Request(recipe, reactor_file(None), history, "test", seed=7, hot=HOT), OUTSIDE, wire=wire)
    with History(history).open_recording(report.run_id) as recording:
        head = chain.genesis("")
        for event in recording.events():
            same = {name: value for name, value in event.data.items() if name != ABOUT}
            made = chain.link(head, event.time, event.kind, event.text, same)
            head = chain.Head(made.hash, made.seq)
        pulses = hashlib.sha256(repr(recording.pulses()).encode()).hexdigest()
    assert head.length > 20
    assert "contents_sha256" in event.data
    return f"{head.hash} {pulses}"


@pytest.mark.wall
@pytest.mark.parametrize("way", ["foretold", "wire"])
def test_two_processes_record_one_dry_run_to_the_last_byte(way: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    told = {
        subprocess.run(
            [sys.executable, "-c", RECORD, recipe, tmp_path / seed, way], cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True, timeout=100,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1
