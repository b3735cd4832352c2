"""The demonstration while it is served: it says so once its reactor or its pages are gone."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from vapordep.cli.operate import demo
from vapordep.errors import RunError

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")]


@pytest.mark.parametrize(
    ("log", "name"), [("engine.log", "the simulated reactor"), ("web.log", "the server of its pages")]
)
def test_who_was_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, name: str) -> None:
    monkeypatch.setattr(demo, "library_dry_run", lambda *_: nullcontext())
    (tmp_path / log).write_text("glovebox-ald is served, disarmed\n", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:

        def require() -> None:
            demo._require(process, tmp_path / log)
            process.kill()  # while somebody stays

        with pytest.raises(RunError, match=f"{name} ended: killed by signal 9"):
            demo._stay(tmp_path, require)
