"""The doctor on this computer: each line has a grade, and whoever breaks it off is obeyed."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM

NAMES = ("Python", "SQLite", "VISA", "sleep", "civil clock", "disk space", "durable write", "scheduling", "dose timing",
         "interlock reaction", "stolen time")  # fmt: skip


@pytest.mark.wall
def test_the_doctor_measures_this_computer(tmp_path: Path) -> None:
    command = [*PROGRAM, "doctor", "--history", str(tmp_path / "history"), "--pulses", "8", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    found = json.loads(ended.stdout)
    lines = {line["name"]: line for line in found["lines"]}
    assert tuple(lines) == NAMES
    assert ended.returncode == (1 if found["grade"] == "bad" else 0)
    assert all(line["remedy"] for line in lines.values() if line["grade"] != "OK")
    figures = lines["dose timing"]["figures"]
    assert 0 < figures["width_error_p50_s"] <= figures["width_error_p99_s"] <= figures["width_error_max_s"]
    assert figures["width_error_p50_s"] < 1
    assert 0 < lines["interlock reaction"]["figures"]["bare_reaction_p50_s"] < 1
    assert lines["durable write"]["figures"]["fsync_p50_s"] > 0
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.wall
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    command = [*PROGRAM, "doctor", "--history", str(tmp_path), "--pulses", "400"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as doctor:
        assert doctor.stderr is not None
        for line in doctor.stderr:
            if "pulses of 20 ms" in line:
                break
        doctor.send_signal(signal.SIGINT)
        _, errors = doctor.communicate(timeout=60)
    assert doctor.returncode != 0
    assert "Traceback" not in errors
