"""`vapordep users` and `vapordep tokens` as somebody uses them at the computer."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, run
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right


def given(monkeypatch: pytest.MonkeyPatch, history: Path, line: str, *words: str) -> Ended:
    """The command with one line on its standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    return run(*words, "--password-from-input", "--history", str(history))


def test_people_and_tokens_from_first_to_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    history = tmp_path / "history"
    where = ("--history", str(history))
    assert "vapordep users add" in run("users", "list", *where).out
    for name, role in (("Anna", "admin"), ("ben", "viewer")):
        assert given(monkeypatch, history, "a few good words\n", "users", "add", name, "--role", role).status == 0
    assert given(monkeypatch, history, "other good words\n", "users", "password", "ben").status == 0
    accounts = Accounts.of(history)
    assert accounts.people.who("ben", "other good words") is not None
    assert run("users", "role", "ben", "engineer", *where).status == 0
    token = run("tokens", "add", "ben", "--label", "notebook", *where)
    assert token.status == 0
    assert "shown this once" in token.err
    found = accounts.tokens.who(token.out.strip())
    assert found is not None
    assert found[1] == {Right.READ}
    listed = run("tokens", "list", "--json", *where).json
    assert (listed[0]["label"], listed[0]["scope"], listed[0]["revoked_s"]) == ("notebook", ["read"], None)
    anew = given(monkeypatch, history, "newer good words\n", "users", "password", "ben")
    told = " ".join(anew.out.split())
    assert f"tokens go on as before: {listed[0]['id']}" in told, "whoever gives a new password for a stolen one"
    assert run("tokens", "revoke", listed[0]["id"], *where).status == 0
    anew = given(monkeypatch, history, "newest good words\n", "users", "password", "ben")
    assert "tokens" not in anew.out
    assert "revoked" in run("tokens", "list", *where).out
    assert run("users", "disable", "ben", *where).status == 0
    assert run("users", "list", "--json", *where).json == [
        {"name": "anna", "role": "admin", "disabled": False}, {"name": "ben", "role": "engineer", "disabled": True},
    ]  # fmt: skip
    assert run("users", "enable", "ben", *where).status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("users", "add", "ben", "--role", "chief"), "viewer, trainee"),
        (("users", "add", "a b", "--role", "viewer"), "cannot be"),
        (("users", "role", "nobody", "viewer"), "users list"),
        (("users", "disable", "nobody"), "users list"),
        (("users", "password", "nobody"), "users list"),
        (("tokens", "add", "nobody", "--label", "x"), "users list"),
        (("tokens", "revoke", "x"), "tokens list"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a few good words\n"))
    asked = ("--password-from-input",) if words[1] in ("add", "password") and words[0] == "users" else ()
    ended = run(*words, *asked, "--history", str(tmp_path))
    assert ended.status == 2
    assert said in ended.err


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = run("users", "add", "ben", "--role", "viewer", "--history", str(tmp_path))
    assert ended.status == 2
    assert "--password-from-input" in ended.err


def test_the_record_is_checked_with_the_history_against_a_head_told_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    where = ("--history", str(tmp_path))
    assert given(monkeypatch, tmp_path, "a few good words\n", "users", "add", "ben", "--role", "admin").status == 0
    good = run("history", "check", "--json", *where)
    head = json.loads(good.out)["record_head"]
    assert (good.status, head[:2]) == (0, "1:")
    assert head in run("history", "check", "--head", head, *where).out
    bad = run("history", "check", "--head", f"2:{head[2:]}", *where)
    assert (bad.status, "the end was cut off" in bad.out) == (1, True)
    assert "is no head" in run("history", "check", "--head", "nonsense", *where).err
