"""The guardian's socket: private, for one word, whoever calls and whatever is said about it."""

import socket
import threading
from pathlib import Path

import pytest

from tests.wall.guardian.boards import PATIENCE, soon
from tests.wall.guardian.watched import POSIX, ring
from vapordep.guardian import bell
from vapordep.guardian.bell import Bell
from vapordep.link.bell import ring as vapordep_rings

pytestmark = POSIX


def test_the_socket_is_private_and_knows_one_word(tmp_path: Path) -> None:
    rung: list[str] = []
    bell = Bell(tmp_path / "own", rung.append)
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    assert bell.path.stat().st_mode & 0o777 == 0o600
    for word in (b"", b"abort", b"ABORTING", b" ABORT", b"A" * 10_000):
        ring(tmp_path / "own", word, within=0.1)
    assert rung == []
    assert ring(tmp_path / "own") == b"ABORTING"
    assert rung == [""]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"ABORT\n", ""),
        (b"ABORT anna.berg: it smells\n", "anna.berg: it smells"),
        ("ABORT Jürgen\tÖz\r\n2026-11-27T02:00:00Z all is safe".encode(), "Jürgen Öz 2026-11-27T02:00:00Z all is safe"),
        (b"ABORT \xff\xfe\x00\x1b[2J\xe2\x80\xaex", "\ufffd\ufffd??[2J?x"),
        (b"ABORT " + b"x" * 60_000, "x" * 200),
    ],
)
def test_whatever_a_caller_says_about_itself_it_is_heard(tmp_path: Path, said: bytes, kept: str) -> None:
    rung: list[str] = []
    Bell(tmp_path / "own", rung.append)
    assert ring(tmp_path / "own", said) == b"ABORTING"
    assert rung == [kept]


def test_a_guardian_that_knows_no_callers_hears_the_bare_word(tmp_path: Path) -> None:
    """One that began before the program was brought up to date."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as old:
        old.bind(str(tmp_path / bell.SOCKET))
        heard: list[bytes] = []

        def listen() -> None:
            while b"ABORT" not in heard:
                said, caller = old.recvfrom(256)
                heard.append(said)
                if said == b"ABORT":
                    old.sendto(b"ABORTING", caller)

        thread = threading.Thread(target=listen)
        thread.start()
        assert vapordep_rings(tmp_path, "anna.berg")
        thread.join()
    assert heard == [b"ABORT anna.berg", b"ABORT"]


def test_a_caller_without_a_name_is_heard_and_so_is_the_next(tmp_path: Path) -> None:
    rung: list[str] = []
    bell = Bell(tmp_path / "own", rung.append)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        caller.sendto(b"ABORT", str(bell.path))  # nobody to answer to
    soon(lambda: rung == [""])
    assert ring(tmp_path / "own") == b"ABORTING"
    assert rung == ["", ""]


def test_without_unix_sockets_the_word_has_a_token(tmp_path: Path) -> None:
    rung: list[str] = []
    bell = Bell(tmp_path / "own", rung.append, unix=False)
    assert bell.path.stat().st_mode & 0o777 == 0o600
    port, word = bell.path.read_text().split(" ", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(b"ABORT", ("127.0.0.1", int(port)))
        caller.sendto(word.encode(), ("127.0.0.1", int(port)))
        assert caller.recv(64) == b"ABORTING"
    assert vapordep_rings(tmp_path / "own", "Анна" * 200, "зачем"), "it fits into what Windows takes"
    assert rung == ["", ("Анна" * 200)[:200]]
