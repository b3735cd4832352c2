"""Every way of tampering with the record of accounts shows; that its end was cut off, against a head told before."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.record import Record
from vapordep.accounts.store import NAME
from vapordep.api.process import heads
from vapordep.errors import InputError


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = Accounts.of(tmp_path)
    for number in range(1, 6):
        made.note("anna", f"what {number}")
    return made


def seen(accounts: Accounts, known: str = "") -> Record:
    record = accounts.record(known)
    assert record is not None
    return record


def tampered(accounts: Accounts, *statements: str) -> Record:
    """The record after somebody who owns the file has taken its protection away, changed it, and put it back."""
    accounts.store.close()
    with closing(sqlite3.connect(accounts.store.path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, text in triggers:
            connection.execute(text)
    return seen(accounts)


def test_a_record_that_nobody_touched_is_whole(accounts: Accounts) -> None:
    record = seen(accounts)
    assert (record.entries, record.problems) == (5, ())
    assert record.head.startswith("5:")
    assert seen(accounts, record.head).problems == ()
    accounts.note("anna", "what 6")
    assert seen(accounts, record.head).problems == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET what = 'other' WHERE number = 3",
        "UPDATE audit SET person = 'ben' WHERE number = 3",
        "UPDATE audit SET time = '2001-01-01T00:00:00+00:00' WHERE number = 3",
    ],
)
def test_an_entry_that_was_changed_shows(change: str, accounts: Accounts) -> None:
    assert tampered(accounts, change).problems == ("entry 3 was changed",)


def test_a_hash_made_anew_shows_at_the_next_entry(accounts: Accounts) -> None:
    record = tampered(accounts, "UPDATE audit_chain SET hash = '00' WHERE number = 3")
    assert record.problems == ("entry 3 was changed", "entry 4 was changed")


@pytest.mark.parametrize("with_hash", [False, True])
def test_an_entry_that_was_deleted_shows(accounts: Accounts, *, with_hash: bool) -> None:
    both = ("DELETE FROM audit WHERE number IN (2, 3)", "DELETE FROM audit_chain WHERE number IN (2, 3)")
    record = tampered(accounts, *both[: 1 + with_hash])
    assert record.problems == ("entries 2 to 3 are missing",)
    accounts.note("anna", "it goes on")
    assert (seen(accounts).problems, accounts.entries(1)[0].number) == (("entries 2 to 3 are missing",), 6)


def test_entries_that_were_swapped_show(accounts: Accounts) -> None:
    swap = ("UPDATE audit SET number = 9 WHERE number = 2", "UPDATE audit SET number = 2 WHERE number = 3",
            "UPDATE audit SET number = 3 WHERE number = 9")  # fmt: skip
    assert tampered(accounts, *swap).problems == ("entry 2 was changed", "entry 3 was changed")


def test_an_entry_that_was_put_in_shows(accounts: Accounts) -> None:
    record = tampered(accounts, "INSERT INTO audit VALUES (6, 'then', 'ben', 'nothing')")
    assert record.problems == ("entry 6 has no hash: it was put in",)


def test_a_cut_end_shows_against_a_head_that_was_told_and_not_without(accounts: Accounts) -> None:
    head = seen(accounts).head
    cut = tampered(accounts, "DELETE FROM audit WHERE number > 3", "DELETE FROM audit_chain WHERE number > 3")
    assert cut.problems == ()
    assert "entry 5 is missing" in seen(accounts, head).problems[0]
    for number in (4, 5):
        accounts.note("anna", f"other {number}")
    assert (seen(accounts).problems, len(seen(accounts, head).problems)) == ((), 1)


@pytest.mark.parametrize("known", ["x", "5", ":ab", "5:", "-1:ab", "²:ab", "5;ab"])
def test_what_is_no_head_is_refused(known: str, accounts: Accounts) -> None:
    with pytest.raises(InputError, match="is no head"):
        accounts.record(known)


def test_the_server_tells_its_head_and_what_is_wrong_with_it(accounts: Accounts, tmp_path: Path) -> None:
    (told,) = heads(accounts)
    assert told.startswith(f"record of accounts: its head is {seen(accounts).head}; ")
    tampered(accounts, "DELETE FROM audit WHERE number = 2")
    assert heads(accounts)[0] == "record of accounts: entry 2 is missing"
    assert heads(Accounts.of(tmp_path / "none")) == []
    (tmp_path / NAME).write_bytes(b"damaged")
    assert "cannot be used" in heads(accounts)[0]


def test_an_older_record_is_chained_as_it_is_found(tmp_path: Path, older: Callable[[Path], None]) -> None:
    older(tmp_path / NAME)
    accounts = Accounts.of(tmp_path)
    assert seen(accounts) == Record(0, "", ())
    assert heads(accounts) == []
    accounts.note("anna", "what 3")
    record = seen(accounts)
    assert (record.entries, record.problems) == (3, ())
    assert [entry.what for entry in accounts.entries(9)] == ["what 3", "what 2", "what 1"]
    assert tampered(accounts, "UPDATE audit SET what = 'x' WHERE number = 1").problems == ("entry 1 was changed",)


@pytest.fixture
def older() -> Callable[[Path], None]:
    """A file as it was before there was a chain, with two entries."""

    def make(path: Path) -> None:
        Accounts.of(path.parent).note("anna", "what 1")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for table in ("audit_chain", "preferences"):
                connection.execute(f"DROP TABLE {table}")
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
            connection.execute("INSERT INTO audit VALUES (2, 'then', 'ben', 'what 2')")

    return make
