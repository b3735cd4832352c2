"""A run in the foreground is an engine like any other: all of its threads come before what is no control."""

import pytest

from vapordep.app.running import live_run


def test_priority_is_asked_for_before_anything_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(live_run, "ask_for_fifo", done.append)
    monkeypatch.setattr(live_run, "run_wall", lambda perform: done.append("runs"))
    live_run.live_run(*[None] * 4)  # type: ignore[arg-type]
    assert done == [live_run.CONTROL, "runs"]
