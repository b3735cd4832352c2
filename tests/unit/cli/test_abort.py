"""ABORT from the command line: it loads next to nothing before it rings, and says who called."""

import subprocess
import sys
from pathlib import Path

import pytest

from vapordep.cli.operate import abort as command
from vapordep.errors import NoEngine
from vapordep.link import place
from vapordep.link.place import local_address, publish

SLOW = ("numpy", "zmq", "vapordep.app", "vapordep.recipe", "vapordep.reactor", "vapordep.safety")


def test_nothing_that_takes_long_is_loaded_before_it_rings() -> None:
    code = "import sys, vapordep.cli.operate.abort; print(*(name for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in SLOW if name in loaded] == []


@pytest.mark.parametrize(
    ("environment", "by", "named"),
    [
        ({"LOGNAME": "anna.berg"}, None, "anna.berg"),
        ({"LOGNAME": "anna.berg"}, " ", "anna.berg"),
        ({"LOGNAME": "anna.berg"}, "Ben", "Ben"),
        ({"LOGNAME": "", "USERNAME": "carla"}, None, "carla"),
    ],
)
def test_who_called_is_known_without_asking_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    environment: dict[str, str], by: str | None, named: str,
) -> None:  # fmt: skip
    rung: list[tuple[Path, str, str]] = []
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv(place.VARIABLE, str(tmp_path))
    monkeypatch.setattr(command, "ring", lambda *rings: not rung.append(rings))
    (tmp_path / "ald1").mkdir()
    publish(tmp_path / "ald1", local_address(tmp_path / "ald1", "ald1"))
    command.abort("ald1", by, "it smells", as_json=False)
    assert rung == [(tmp_path / "ald1", named, "it smells")]
    assert capsys.readouterr().out == f"{command.HEARD}\n"


@pytest.mark.parametrize("reactor", [None, "ald1"])
def test_where_nobody_can_abort_it_says_that_nothing_was_and_what_is_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reactor: str | None
) -> None:
    monkeypatch.setenv(place.VARIABLE, str(tmp_path))
    with pytest.raises(
        NoEngine, match=r"nothing was aborted: no engine serves .*every output stays as it is: turn off by hand"
    ):
        command.abort(reactor, "Anna", "", as_json=False)
