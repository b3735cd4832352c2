"""D23: what another user of the same computer reaches. Only root can be somebody else: elsewhere it is left out."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.link.place import claim

NOBODY = 65534
pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root can be somebody else"),
]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, as /home or /srv is."""
    folder = Path(mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def succeeds(*command: str) -> bool:
    """Whether a command does, called by somebody else."""
    done = subprocess.run(command, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False)
    assert done.returncode == 0 or b"denied" in done.stderr, done.stderr
    return done.returncode == 0


def test_another_user_reads_and_changes_no_accounts(place: Path) -> None:
    (place / "open").write_text("for all to read", encoding="utf-8")
    assert succeeds("cat", str(place / "open")), "they are there, and may enter"
    history = place / "history"
    Accounts.of(history).people.add("ada", Role.ADMIN, "seven grey geese")
    for file in history.glob("accounts.sqlite*"):
        assert not succeeds("cat", str(file))
        assert not succeeds("dd", f"of={file}", "if=/dev/null", "conv=notrunc")
    assert not succeeds("rm", "-f", str(history / "accounts.sqlite"))
    assert not succeeds("touch", str(history / "accounts.sqlite-journal"))


def test_another_user_finds_no_socket_to_give_orders_to(place: Path) -> None:
    folder = place / "glovebox-ald"
    claim(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.bind(str(folder / "bell"))
        (folder / "bell").chmod(0o777)
        assert not succeeds("ls", str(folder))
        assert not succeeds("stat", str(folder / "bell"))
        assert not succeeds("rm", str(folder / "bell"))
        assert not succeeds("touch", str(folder / "engine.lock"))
