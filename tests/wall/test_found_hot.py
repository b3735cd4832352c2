"""The morning after a power cut: engine and guardian killed, lines still hot; served again, armed, and guarded."""

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.wall.killing import Rig, rig
from tests.wall.processes import FLOODED, served, signalled
from vapordep.app.places import reactor_file
from vapordep.units import degC, to_si

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform == "win32", reason="kill as POSIX knows it"),
]
WARM = {"walls": 50, "lines": 70, "DMAMS": 60, "TBPO": 25}
ZONES = [word for zone, warm in WARM.items() for word in ("--zone", f"{zone}={warm} degC")]


def needed(made: Rig) -> bool:
    """Whether the line may not go cold yet, as its source is warm: what turns it off is not tried out then."""
    latest = {value.tag: value.value for value in made.snapshot.values}
    warm, line = latest["DMAMS.temperature"] or 0.0, latest["lines.temperature"] or 0.0
    return warm > max(line - 20.0, to_si(35.0, degC))


def test_what_is_found_hot_is_armed_and_made_safe_when_the_engine_dies(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    with served(reactor_file("icvd"), tmp_path, warm=["--stage", "35 degC", *ZONES]) as simulated:
        with rig(simulated, before) as made:
            made.read()
            engine = made.shown.pid
            signalled(signal.SIGKILL, made.process.pid, engine)
        with rig(simulated, tmp_path, history=before / "history") as made:
            made.read()
            assert needed(made)
            assert not made.shown.armed
            made.arm()
            assert needed(made)
            engine = made.shown.pid
            signalled(signal.SIGKILL, engine)
            made.until(lambda: "the guardian made all safe" in made.log, within=FLOODED)
            made.meet(not_pid=engine)
            time.sleep(1.0)
            assert "is not known to be safe" not in made.log
            made.arm()
