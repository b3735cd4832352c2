"""`runs leaks`: the checks of a reactor, in words and as JSON."""

from pathlib import Path

import pytest

from tests.cli.conftest import Done, run
from vapordep.app.review.leaks import DAY, LeakCheck
from vapordep.history.queries import History


def test_a_reactor_without_a_check(done: Done) -> None:
    ended = run("runs", "leaks", "--history", done.history)
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "glovebox-ald, dry runs: 0 leak checks", "too few checks, or too close to each other, to tell a trend",
    ]  # fmt: skip


def test_a_leak_that_rises(done: Done, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks = [LeakCheck(f"run-{n}", 1.8e9 + n * DAY, 3e-8 + n * 1e-8, 2e-9, f"leak {n}") for n in range(6)]
    monkeypatch.setattr("vapordep.app.review.leaks._checks", lambda *_: iter(checks))
    picture = tmp_path / "leaks.png"
    ended = run("runs", "leaks", "--history", done.history, "--plot", str(picture))
    assert "rises by 1e-08" in ended.out
    assert "would reach in 12 days the 2e-07 Pa m3/s above which lithium is not coated" in ended.out
    assert picture.read_bytes().startswith(b"\x89PNG")
    found = run("runs", "leaks", "glovebox-ald", "--history", done.history, "--json").json
    assert (len(found["checks"]), found["trend"]["rises"], found["unread"]) == (6, True, [])


def test_no_such_reactor(done: Done, tmp_path: Path) -> None:
    ended = run("runs", "leaks", "other", "--history", done.history)
    assert (ended.status, ended.out) == (2, "")
    assert "no run of other" in ended.err
    assert History(tmp_path).runs() == ()
