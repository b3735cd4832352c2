"""Whoever comes second to a reactor knows it at once: before the libraries of engine and page, and before any trace."""

import os
import subprocess
import sys
from pathlib import Path

from vapordep.app.places import reactor_file
from vapordep.link.locks import reactor_lock
from vapordep.reactor import read_reactor


def test_the_second_to_serve_a_reactor_loads_little_leaves_no_trace_and_names_the_first(tmp_path: Path) -> None:
    reactor = read_reactor(reactor_file("glovebox_ald"))
    told_what_it_loads = [sys.executable, "-X", "importtime", "-m", "vapordep"]
    serve = ["serve", str(reactor.file), "--history", str(tmp_path / "history")]
    with reactor_lock(reactor, "an engine"):
        lost = subprocess.run([*told_what_it_loads, *serve], check=False, capture_output=True, text=True, timeout=60)
    assert lost.returncode == 3
    assert f"glovebox-ald is controlled already, by an engine of glovebox-ald (pid {os.getpid()}" in lost.stderr
    assert "vapordep.reactor" in lost.stderr
    assert [name for name in ("sqlalchemy", "fastapi", "vapordep.engine") if name in lost.stderr] == []
    assert list(tmp_path.iterdir()) == []
    assert lost.stdout == ""
