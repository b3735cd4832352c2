"""A writer killed at any instant loses nothing it was told is durable; what it leaves can be read and sealed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.history.kinds import Tables, contents
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.model.run import RunState

pytestmark = pytest.mark.wall

WRITER = """
import itertools, sys
from pathlib import Path
from vapordep.history.recordings import recorder as module
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseIntent
from vapordep.model.run import Mode, RunHeader

history, run_id, live = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "live"
module.COMPACT_AT = 20  # each tenth tick: kills meet compactions too
header = RunHeader(run_id, Mode.DRY_RUN, "", "", "", {}, "", "", "", {}, "", "2026-11-23T14:25:30+00:00")
recorder = Recorder.open(history, header)
book = RecorderThread(recorder) if live else recorder
for n in itertools.count(1):
    t = n / 10
    book.publish([Batch.one("a", t, n), Batch.one("b", t, -n)])
    book.tick(t)
    book.event(Event(t, Kind.STEP, str(n)))
    book.intent(PulseIntent(n, "TMA", "main", n, t, t)).result()
    print(n, flush=True)
"""

FORKED = """
import os, random, signal, sys, tempfile
from pathlib import Path
code, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
writer = compile(code, "writer", "exec")
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.run import Mode, RunHeader
with tempfile.TemporaryDirectory() as warm:  # loaded and tried once: a kill then costs some hundredths of a second
    header = RunHeader("warm", Mode.DRY_RUN, "", "", "", {}, "", "", "", {}, "", "2026-11-23T14:25:30+00:00")
    Recorder.open(Path(warm), header).abandon()
for number in range(count):
    lines, driver = random.Random(number).randrange(1, 25), ("inline", "live")[number % 2]
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(tell, 1)
        sys.argv[1:] = [folder, f"run-{number}", driver]
        exec(writer, {"__name__": "writer"})
    os.close(tell)
    with os.fdopen(told) as lines_told:
        last = ""
        for last in lines_told:
            if int(last) >= lines:
                break
        os.kill(child, signal.SIGKILL)
        whole = [line for line in lines_told.read().split("\\n")[:-1] if line]
    os.waitpid(child, 0)
    print(whole[-1] if whole else last.strip(), flush=True)
"""
"""The same writer in a child of a process that is loaded already, killed after a number of pulses that chance gives."""


COUNTS = [100, pytest.param(1000, marks=[pytest.mark.many, pytest.mark.timeout(1200)])]


def check(history: History, run: CataloguedRun, told: int) -> None:
    assert history.verify(run).problems == ()
    with history.open_recording(run) as recording:
        pulses, samples = recording.pulses(), recording.samples("b")
        texts = [event.text for event in recording.events()][:-2]
    assert len(pulses) in (told, told + 1)
    assert samples.values.tolist() == [-float(n) for n in range(1, len(samples.times) + 1)]
    assert len(samples.times) >= told
    assert texts == [str(n) for n in range(1, len(texts) + 1)]
    assert len(texts) >= told


@pytest.mark.skipif(sys.platform == "win32", reason="fork as POSIX knows it")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("count", COUNTS)
def test_of_many_killed_writers_none_loses_what_was_durable(tmp_path: Path, catalogue: Tables, count: int) -> None:
    """All in one history, which then is opened once: it seals and marks them all. With a server a quarter as many."""
    folder, count = tmp_path / "history", count // 4 if catalogue.kind == "postgresql" else count
    command = [sys.executable, "-c", FORKED, WRITER, str(count), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1000, check=True)
    told = [int(line) for line in done.stdout.split()]
    assert len(told) == count
    history = History(folder)
    marked = {run.run_id: run for run in history.mark_interrupted()}
    assert {run.state for run in marked.values()} == {RunState.INTERRUPTED}
    assert len(marked) == count == len(contents(catalogue)["runs"])
    for number, last in enumerate(told):
        check(history, marked[f"run-{number}"], last)
