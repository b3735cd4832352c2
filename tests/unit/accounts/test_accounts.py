"""Accounts: people, sessions that end by themselves, tokens, the first link, and what the file gives away."""

import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from vapordep.accounts import passwords
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.attempts import FREE, LONGEST_WAIT, MOST_A_MINUTE, Attempts
from vapordep.accounts.first_run import LASTS, first_secret
from vapordep.accounts.roles import RIGHTS, Right, Role, role_from, scope_from
from vapordep.accounts.sessions import IDLE, LONGEST
from vapordep.accounts.store import NAME, Store, digest
from vapordep.errors import HistoryError, InputError

PASSWORD = "a few good words"  # noqa: S105 - of nobody
READ = frozenset({Right.READ})


class Civil:
    """The computer's clock, set by hand."""

    def __init__(self) -> None:
        self.at = 1.8e9

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


@pytest.fixture
def clock() -> Civil:
    return Civil()


@pytest.fixture
def accounts(tmp_path: Path, clock: Civil) -> Accounts:
    return Accounts(Store(tmp_path / "history", clock))


def test_passwords_are_hashed_as_rfc_9106_asks() -> None:
    """By the module as it is loaded, which tests/conftest.py has not changed."""
    spec = spec_from_file_location("passwords", passwords.__file__)
    assert spec is not None
    assert spec.loader is not None
    loaded: Any = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert loaded.hashed(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_somebody_is_known_by_name_and_password(accounts: Accounts) -> None:
    accounts.people.add("Anna.Berg", Role.OPERATOR, PASSWORD)
    person = accounts.people.who("anna.berg", PASSWORD)
    assert person is not None
    assert (person.name, person.role, person.rights) == ("anna.berg", Role.OPERATOR, RIGHTS[Role.OPERATOR])
    for name, password in (("anna.berg", PASSWORD + " "), ("anna.berg", ""), ("nobody", PASSWORD), ("", "")):
        assert accounts.people.who(name, password) is None, (name, password)


def test_whether_there_is_such_a_person_no_clock_tells(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash is compared, whoever is named; all of them are of one strength."""
    for name in ("anna", "eva"):
        accounts.people.add(name, Role.OPERATOR, PASSWORD)
    accounts.people.change("eva", disabled=True)
    compared, fits = [], passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda given, stored: compared.append(stored) or fits(given, stored))
    for name in ("anna", "eva", "nobody"):
        assert accounts.people.who(name, "some other words") is None
    strengths = {stored.rpartition("$")[0].rpartition("$")[0] for stored in compared}
    assert (len(compared), len(strengths)) == (3, 1)


@pytest.mark.parametrize("name", ["", "  ", "a b", "../x", "ä", "x" * 41, "-a", "a\x00", "(at the computer)"])
def test_a_name_that_cannot_be_one_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(InputError, match="cannot be"):
        accounts.people.add(name, Role.VIEWER, PASSWORD)
    assert accounts.people.all() == ()


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 9, "aaaaaaaaaaaaaaa", "Password123", "gertrude.stein", "y" * 1001]
)
def test_a_password_that_is_easy_to_guess_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(InputError, match="password"):
        accounts.people.add("gertrude.stein", Role.VIEWER, password)
    assert not accounts.store.is_there


def test_a_name_is_given_once(accounts: Accounts) -> None:
    accounts.people.add("anna", Role.VIEWER, PASSWORD)
    with pytest.raises(InputError, match="already"):
        accounts.people.add("ANNA", Role.ADMIN, PASSWORD)
    assert [person.role for person in accounts.people.all()] == [Role.VIEWER]


def test_the_last_admin_stays(accounts: Accounts) -> None:
    accounts.people.add("anna", Role.ADMIN, PASSWORD)
    accounts.people.add("ben", Role.ADMIN, PASSWORD)
    accounts.people.change("anna", role=Role.VIEWER)
    for change in ({"role": Role.ENGINEER}, {"disabled": True}):
        with pytest.raises(InputError, match="nobody would be left"):
            accounts.people.change("ben", **change)  # type: ignore[arg-type]
    assert accounts.people.named("ben").role is Role.ADMIN
    assert not accounts.people.named("ben").disabled


def test_where_there_is_no_admin_people_change_all_the_same(accounts: Accounts) -> None:
    accounts.people.add("ben", Role.VIEWER, PASSWORD)
    accounts.people.change("ben", role=Role.OPERATOR)
    assert accounts.people.named("ben").role is Role.OPERATOR


def test_a_session_lasts_half_a_day_unused_and_a_week_at_most() -> None:
    assert (IDLE, LONGEST) == (12 * 3600.0, 7 * 24 * 3600.0)


def test_a_session_ends_when_idle_and_in_any_case(accounts: Accounts, clock: Civil) -> None:
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    idle, used = accounts.sessions.begin(person), accounts.sessions.begin(person)
    began = clock.at
    for _ in range(int(LONGEST // (IDLE / 2)) - 1):
        clock.at += IDLE / 2
        assert accounts.sessions.who(used) == person
    assert accounts.sessions.who(idle) is None
    clock.at = began + LONGEST
    assert accounts.sessions.who(used) is None


Change = Callable[[Accounts], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.people.set_password("anna", "some other words"),
        lambda accounts: accounts.people.change("anna", role=Role.OPERATOR),
        lambda accounts: accounts.people.change("anna", disabled=True),
    ],
    ids=["password", "role", "disabled"],
)
def test_a_session_ends_when_its_person_changes(accounts: Accounts, change: Change) -> None:
    accounts.people.add("root", Role.ADMIN, PASSWORD)
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    secret = accounts.sessions.begin(person)
    other = accounts.sessions.begin(accounts.people.named("root"))
    change(accounts)
    assert accounts.sessions.who(secret) is None
    assert accounts.sessions.who(other) is not None


def test_a_session_that_was_ended_is_over_for_every_process(accounts: Accounts, tmp_path: Path, clock: Civil) -> None:
    secret = accounts.sessions.begin(accounts.people.add("anna", Role.VIEWER, PASSWORD))
    elsewhere = Accounts(Store(tmp_path / "history", clock))
    assert elsewhere.sessions.who(secret) is not None
    accounts.sessions.end(secret)
    assert elsewhere.sessions.who(secret) is None


def test_a_link_logs_in_one_of_those_who_come_at_once(accounts: Accounts) -> None:
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    link = accounts.sessions.link(person)
    with ThreadPoolExecutor(8) as crowd:
        came = list(crowd.map(accounts.sessions.enter, [link] * 8))
    assert sorted(came, key=str) == sorted([person, *[None] * 7], key=str)


def test_a_link_is_void_like_a_session_and_with_its_person(accounts: Accounts, clock: Civil) -> None:
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    idle = accounts.sessions.link(person)
    clock.at += IDLE
    assert accounts.sessions.enter(idle) is None
    others = accounts.sessions.link(person)
    accounts.people.set_password("anna", f"{PASSWORD} anew")
    assert accounts.sessions.enter(others) is None


def test_a_session_that_cannot_be_written_holds_in_this_process(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: Civil
) -> None:
    """As on a full disk: nobody is kept from looking at the reactor."""
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)

    def full(self: Store) -> None:
        raise HistoryError("disk full")

    with monkeypatch.context() as disk:
        disk.setattr(Store, "writing", full)
        secret, other = accounts.sessions.begin(person), accounts.sessions.begin(person)
        assert "cannot be written down" in capsys.readouterr().err
        assert accounts.sessions.who(secret) == accounts.sessions.who(other) == person
    accounts.people.set_password("anna", f"{PASSWORD} anew")
    assert accounts.sessions.who(other) is None, "there is room again, and it was ended as all others"
    with monkeypatch.context() as disk:
        disk.setattr(Store, "writing", full)
        secret = accounts.sessions.begin(person)
    assert accounts.sessions.who(secret) == person
    clock.at += IDLE
    assert accounts.sessions.who(secret) is None


def test_a_token_stands_for_some_rights_until_a_day(accounts: Accounts, clock: Civil) -> None:
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    token = accounts.tokens.make(person, "notebook", READ, days=1.0)
    assert accounts.tokens.who(token) == (person, READ)
    assert accounts.tokens.who(token[:-1]) is None
    clock.at += 86400.0
    assert accounts.tokens.who(token) is None


def test_a_token_is_revoked_once_and_ends_with_its_person(accounts: Accounts) -> None:
    accounts.people.add("root", Role.ADMIN, PASSWORD)
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    first, second = (accounts.tokens.make(person, "x", READ, 1.0) for _ in range(2))
    id = accounts.tokens.all()[0].id
    accounts.tokens.revoke(id)
    assert [accounts.tokens.who(token) is None for token in (first, second)].count(True) == 1
    with pytest.raises(InputError, match="no token"):
        accounts.tokens.revoke(id)
    accounts.people.change("anna", disabled=True)
    assert accounts.tokens.who(first) is accounts.tokens.who(second) is None


def test_a_token_never_goes_beyond_the_role(accounts: Accounts) -> None:
    accounts.people.add("root", Role.ADMIN, PASSWORD)
    person = accounts.people.add("anna", Role.ADMIN, PASSWORD)
    token = accounts.tokens.make(person, "x", frozenset(Right), 1.0)
    accounts.people.change("anna", role=Role.VIEWER)
    found = accounts.tokens.who(token)
    assert found is not None
    assert found[1] == RIGHTS[Role.VIEWER]
    with pytest.raises(InputError, match="no right to administer"):
        accounts.tokens.make(accounts.people.named("anna"), "x", frozenset(Right), 1.0)


@pytest.mark.parametrize(
    ("label", "days"),
    [("", 1.0), (" ", 1.0), ("x" * 101, 1.0), ("a\nb", 1.0), ("x", 0.0), ("x", float("nan")), ("x", 1e9)],
)
def test_a_token_that_will_not_do_is_refused(accounts: Accounts, label: str, days: float) -> None:
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    with pytest.raises(InputError):
        accounts.tokens.make(person, label, READ, days)
    assert accounts.tokens.all() == ()


def test_roles_and_scopes_by_name() -> None:
    assert role_from(" Operator ") is Role.OPERATOR
    assert scope_from("read, abort") == {Right.READ, Right.ABORT}
    for wrong in ("", ",", "read,fly"):
        with pytest.raises(InputError) as refusal:
            scope_from(wrong)
        assert "read, abort" in refusal.value.remedy
    with pytest.raises(InputError) as refusal:
        role_from("chief")
    assert "viewer, trainee" in refusal.value.remedy


def test_everybody_may_abort_and_each_role_may_what_the_ones_before_may() -> None:
    rights = [RIGHTS[role] for role in Role]
    assert all(Right.ABORT in each for each in rights)
    assert all(less <= more for less, more in pairwise(rights))


def test_the_first_link_makes_one_admin_once(accounts: Accounts) -> None:
    old, secret = first_secret(accounts.store), first_secret(accounts.store)
    assert old is not None
    assert secret is not None
    for wrong in ("", "x", old):
        with pytest.raises(InputError, match="link"):
            accounts.people.add_first(digest(wrong), "eve", PASSWORD)
    with pytest.raises(InputError, match="password"):
        accounts.people.add_first(digest(secret), "anna", "short")
    assert accounts.people.add_first(digest(secret), "anna", PASSWORD).role is Role.ADMIN
    with pytest.raises(InputError, match="link"):
        accounts.people.add_first(digest(secret), "eve", PASSWORD)
    assert first_secret(accounts.store) is None
    assert [person.name for person in accounts.people.all()] == ["anna"]


def test_the_first_link_is_over_after_a_day_or_with_an_account_made_at_the_computer(
    accounts: Accounts, clock: Civil
) -> None:
    secret = first_secret(accounts.store) or ""
    clock.at += LASTS
    with pytest.raises(InputError, match="link"):
        accounts.people.add_first(digest(secret), "eve", PASSWORD)
    secret = first_secret(accounts.store) or ""
    accounts.people.add("anna", Role.VIEWER, PASSWORD)
    with pytest.raises(InputError, match="link"):
        accounts.people.add_first(digest(secret), "eve", PASSWORD)


def test_the_file_is_for_its_owner_alone_and_holds_no_secret(accounts: Accounts, tmp_path: Path) -> None:
    first = first_secret(accounts.store) or ""
    person = accounts.people.add("anna", Role.VIEWER, PASSWORD)
    secrets = [first, PASSWORD, accounts.sessions.begin(person), accounts.tokens.make(person, "x", READ, 1.0)]
    accounts.store.close()
    file = tmp_path / "history" / NAME
    assert not any(secret.encode() in file.read_bytes() for secret in secrets)
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_was_done_is_kept_and_cannot_be_changed(accounts: Accounts) -> None:
    accounts.people.add("anna", Role.ADMIN, PASSWORD)
    accounts.people.set_password("anna", "some other words", by="anna")
    accounts.note("anna", "ABORT")
    assert [(e.person, e.what) for e in accounts.entries(10)] == [
        ("anna", "ABORT"), ("anna", "a new password for anna"), ("(at the computer)", "account anna made, admin"),
    ]  # fmt: skip
    for statement in ("DELETE FROM audit", "UPDATE audit SET what = ''"):
        with pytest.raises(HistoryError, match="only ever added"), accounts.store.writing() as connection:
            connection.exec_driver_sql(statement)


def test_a_file_that_is_none_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"not a database")
    accounts = Accounts.of(tmp_path)
    with pytest.raises(HistoryError):
        accounts.people.all()
    with pytest.raises(HistoryError):
        accounts.people.add("anna", Role.VIEWER, PASSWORD)
    assert (tmp_path / NAME).read_bytes() == b"not a database"


def test_wrong_passwords_cost_ever_longer_waits() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    let_in, waited = 0, 0.0
    for _ in range(10_000):  # as fast as it is let, for a day
        wait = attempts.wait("anna")
        assert wait <= LONGEST_WAIT
        let_in, waited = let_in + (wait == 0.0), max(waited, wait)
        now += wait
    assert waited == LONGEST_WAIT
    assert let_in < FREE + 10 + 2 * now / LONGEST_WAIT
    assert attempts.wait("ben") == 0.0
    attempts.right("ben")
    assert [attempts.wait("ben") for _ in range(FREE)] == [0.0] * FREE


def test_all_names_together_are_tried_only_so_often() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    tried = [attempts.wait(f"name{number}") for number in range(10_000)]
    assert tried.count(0.0) == MOST_A_MINUTE
    now = 61.0
    assert attempts.wait("another") == 0.0
