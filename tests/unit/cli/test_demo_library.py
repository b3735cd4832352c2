"""The library of a demonstration: every other recipe is dry-run in turn, and none is begun once it is over."""

import threading
from pathlib import Path
from typing import Any

import pytest

from vapordep.cli.operate import demo_library
from vapordep.files import data_folder


def test_every_other_recipe_is_dry_run_in_turn_until_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    asked: list[list[str]] = []
    all_but_two, ended = threading.Event(), threading.Event()
    names = sorted(path.stem for path in data_folder("recipes").glob("*.yaml"))

    class Process:
        pid = 1

        def __init__(self, command: list[str], **_: Any) -> None:
            asked.append(command)

        def wait(self, within: float | None = None) -> int:
            if len(asked) == len(names) - 2:
                all_but_two.set()
                assert ended.wait(60.0)
            return 1 if asked[-1][-4] == names[0] else 0

        def poll(self) -> None:
            return None

        def terminate(self) -> None:
            ended.set()

    monkeypatch.setattr(demo_library.subprocess, "Popen", Process)
    monkeypatch.setattr(demo_library.os, "setpriority", lambda *_: None)
    with demo_library.library_dry_run(tmp_path, names[1], told.append):
        assert all_but_two.wait(60.0)
    assert [command[-4] for command in asked] == [names[0], *names[2:-1]]
    assert {command[-2] for command in asked} == {str(tmp_path)}
    assert told[:2] == [f"  {names[0]}: did not come to its end", f"  {names[2]}: in the history"]
