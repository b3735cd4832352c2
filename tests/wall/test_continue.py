"""A dry run killed in the middle of a cycle and continued gives the film and the cycles of one that was left alone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.dry import REACTOR, UNATTENDED, truths
from vapordep.app.foretold.retrace import retrace
from vapordep.app.remembered.continuing import decided, follow_up, take_up
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run, dry_run_of
from vapordep.app.running.report import RunReport
from vapordep.history.queries import History
from vapordep.model.run import Decision, RunState
from vapordep.units import degC, to_si

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="kill as POSIX knows it"),
    pytest.mark.timeout(300),
]
HOT = to_si(100.0, degC)
RECIPE = """\
recipe: 1
name: six cycles
process: ALD
substrate: lithium
prime:
  - dose: {source: TMA, pulse: 50 ms}
  - purge: {for: 40 s}
steps:
  - pump: {to: 1 Pa, within: 20 min, soft: true}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 100 degC, stage: 100 degC, rate: 5 K/min, within: 2 K}
  - purge: {for: 20 s}
  - prime
  - repeat: 6
    name: main
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 40 s}
      - dose: {source: H2O, pulse: 30 ms}
      - purge: {for: 75 s}
finally:
  - purge: {for: 10 s}
"""
DIES = """
import os, signal, sys
from pathlib import Path
from tests.recipes.dry import REACTOR, UNATTENDED
from vapordep.app.running.dry_run import dry_run
from vapordep.app.request import Request
from vapordep.history.recordings.recorder import Recorder

folder, number, durable = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "durable"
expect = Recorder.expect

def dying(recorder, planned):
    if planned.number == number and not durable:
        os.kill(os.getpid(), signal.SIGKILL)
    expect(recorder, planned)
    if planned.number == number:
        recorder.commit()
        os.kill(os.getpid(), signal.SIGKILL)

Recorder.expect = dying
request = Request(folder / "recipe.yaml", REACTOR, folder / "history", "Ada", hot=float(sys.argv[4]))
dry_run(request, UNATTENDED)
"""


def killed(folder: Path, number: int, when: str) -> None:
    """A run whose process is killed when pulse `number` is announced: before that is durable, or just after."""
    command = [sys.executable, "-c", DIES, str(folder), str(number), when, str(HOT)]
    assert subprocess.run(command, timeout=120).returncode == -signal.SIGKILL


def continued(folder: Path, wanted: Decision = Decision.CONTINUE, *, wire: bool = False) -> tuple[RunReport, float]:
    """The run that goes on, and by ground truth how much film there is then in all, in m."""
    history = History(folder / "history")
    taken = take_up(history, "last")
    request, recipe = follow_up(taken, decided(taken, wanted, "Bea", "power was back"), history.folder)
    runs = (*history.parents(taken.run), taken.run)
    opened = [history.open_recording(run) for run in runs]
    film = retrace([recording.__enter__() for recording in opened], taken.reactor, recipe.substrate.name)
    with truths() as told:
        report = dry_run_of(request, taken.reactor, recipe, UNATTENDED, wire=wire, film=film)
    return report, told[-1]["thickness"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "recipe.yaml").write_text(RECIPE)
    return dry_run(Request(folder / "recipe.yaml", REACTOR, folder / "history", "Ada", hot=HOT), UNATTENDED)


@pytest.mark.parametrize(
    ("number", "when", "whole"),
    [
        pytest.param(7, "durable", 2, id="first half given"),
        pytest.param(8, "durable", 3, id="both halves given"),
    ],
)
@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=pytest.mark.many)], ids=["foretold", "wire"])
def test_killed_and_continued(
    tmp_path: Path, undisturbed: RunReport, number: int, when: str, whole: int, wire: bool
) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    killed(tmp_path, number, when)
    history = History(tmp_path / "history")
    taken = take_up(history, "last")
    assert taken.run.state is RunState.INTERRUPTED
    assert [(layer.name, layer.whole) for layer in taken.state.layers if layer.name == "main"] == [("main", whole)]

    report, thickness = continued(tmp_path, wire=wire)
    assert (report.state, report.trips) == (RunState.COMPLETE, ())
    (layer,) = [layer for layer in report.film.layers if layer.name == "Al2O3"]
    assert layer.cycles == 6 - whole
    assert thickness == pytest.approx(undisturbed.film.thickness, rel=0.02)
    assert report.film.thickness < 0.75 * thickness, "what lay there before is not counted"
    child = history.run(report.run_id)
    assert child.header.parent == taken.run.run_id
    assert child.header.notes["reason"] == "power was back"
    assert history.run(taken.run.run_id).decided is not None
    again = [one.intent.source for one in _pulses(history, report.run_id)]
    assert again == ["TMA", *["TMA", "H2O"] * (6 - whole)], "primed, and each cycle whole"


def _pulses(history: History, run: str) -> tuple[object, ...]:
    with history.open_recording(run) as recording:
        return recording.pulses()
