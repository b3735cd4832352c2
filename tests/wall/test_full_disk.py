"""`vapordep serve` on a disk that is really full, or read-only: the reactor is secured, no dose is unrecorded."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from pathlib import Path

import pytest

from tests.wall.killing import RECIPE, Rig, rig
from tests.wall.processes import FLOODED, VAPORDEP, served
from vapordep.app.places import reactor_file
from vapordep.errors import VapordepError
from vapordep.history.queries import History
from vapordep.link.orders import AskRun
from vapordep.link.place import VARIABLE
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import RunState, Verb

SIZE = 128 << 20
"""A run needs 100 MiB."""
HELD_WITHIN = 5.0
AGAIN_WITHIN = 20.0
"""s from room on the disk to a catalogue that is complete: tries are a few seconds apart."""


def system(*words: object) -> bool:
    return subprocess.run([str(word) for word in words], capture_output=True, check=False).returncode == 0


def mounted(place: Path, size: int) -> bool:
    return system("mount", "-t", "tmpfs", "-o", f"size={size}", "vapordep", place)


def permitted() -> bool:
    """Whether a disk of one's own can be made here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory(prefix="vd") as place:
        return mounted(Path(place), 1 << 20) and system("umount", place)


pytestmark = [pytest.mark.wall, pytest.mark.skipif(not permitted(), reason="no disk of one's own can be mounted here")]


class Disk:
    """A small disk with the history and the places of locks and sockets, as a home folder has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.filling = folder / "filling"

    def fill(self) -> None:
        """To the last byte."""
        with self.filling.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with self.filling.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1))
        assert shutil.disk_usage(self.folder).free == 0

    def make_room(self) -> None:
        self.filling.unlink()

    def mount(self, how: str) -> None:
        assert system("mount", "-o", f"remount,{how}", self.folder)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="vd"))  # short: sockets lie in it
    assert mounted(folder, SIZE)
    monkeypatch.setenv(VARIABLE, str(folder / "run"))
    yield Disk(folder)
    assert system("umount", "--lazy", folder)
    folder.rmdir()


def refused(serving: Rig) -> str:
    """Why a run cannot begin."""
    with pytest.raises(VapordepError) as refusal:
        serving.start()
    return str(refusal.value)


def reached(serving: Rig, state: RunState) -> bool:
    run = serving.shown.run
    return run is not None and run.state is state


def test_a_full_disk_keeps_nobody_from_securing_the_reactor_and_no_dose_is_unrecorded(
    disk: Disk, tmp_path: Path
) -> None:
    with served(reactor_file("glovebox_ald"), tmp_path) as simulated:
        disk.fill()
        with rig(simulated, tmp_path, recipe=RECIPE, history=disk.folder / "history") as serving:
            serving.until(lambda: "no run can begin: " in serving.shown.trouble)
            serving.make_safe()
            assert simulated.is_safe()
            assert "0 MiB free" in refused(serving)

            disk.make_room()
            serving.start()
            serving.run_reaches(RunState.RUNNING)  # having answered that alarms were not kept, if that was noticed
            serving.until(lambda: len(simulated.pulses("TMA.valve")) > 1)
            disk.fill()
            full = time.monotonic()
            serving.until(lambda: reached(serving, RunState.HELD))
            assert time.monotonic() - full < HELD_WITHIN
            run = serving.shown.run
            assert run is not None
            assert "the record cannot be written" in run.reason
            openings = serving.openings()
            assert simulated.all_shut()
            serving.call(AskRun(Verb.ABORT, "Ada"))
            serving.until(lambda: "the record is not closed yet" in (serving.shown.run or run).reason)
            assert reached(serving, RunState.ABORTED)
            assert simulated.is_safe()
            assert serving.openings() == openings

            disk.make_room()
            history = History(serving.history)
            serving.until(lambda: history.run(run.run_id).state is RunState.ABORTED, within=AGAIN_WITHIN)
            kept = history.run(run.run_id)
            assert history.verify(kept).problems == ()
            assert "the record cannot be written" not in kept.reason
            with history.open_recording(kept) as recording:
                pulses = recording.pulses()
            given = [one for one in pulses if isinstance(one, PulseRecord) and isfinite(one.commanded_open)]
            assert len(given) <= openings <= len(pulses), "each opening has its intent, and none is told that was not"
            serving.call(AskRun(Verb.RESET, "Ada"))
            serving.start()
            serving.run_reaches(RunState.RUNNING)
            assert serving.log.count("killing") == 0


def test_a_read_only_disk_keeps_nobody_from_securing_the_reactor(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locks and sockets lie elsewhere: without them nobody could be kept from starting a second engine."""
    with (
        tempfile.TemporaryDirectory(prefix="vd") as places,
        served(reactor_file("glovebox_ald"), tmp_path) as simulated,
    ):
        monkeypatch.setenv(VARIABLE, places)
        disk.mount("ro")
        with rig(simulated, tmp_path, history=disk.folder / "history") as serving:
            serving.until(lambda: "cannot be written" in serving.shown.trouble)
            serving.make_safe()
            assert simulated.is_safe()
            assert "no right to write" in refused(serving)
            disk.mount("rw")
            serving.start()
            serving.run_reaches(RunState.RUNNING)


def test_the_doctor_calls_a_full_disk_bad_and_examines_the_rest(disk: Disk) -> None:
    disk.fill()
    options = ["doctor", "--history", str(disk.folder / "history"), "--pulses", "4", "--json"]
    ended = subprocess.run([*VAPORDEP, *options], capture_output=True, text=True, timeout=FLOODED, check=False)
    lines = {line["name"]: line for line in json.loads(ended.stdout)["lines"]}
    assert ended.returncode == 1
    assert [lines[name]["grade"] for name in ("disk space", "durable write")] == ["bad", "bad"]
    assert "No space left" in lines["durable write"]["found"]
    assert lines["dose timing"]["figures"], "what does not need the disk is measured"
