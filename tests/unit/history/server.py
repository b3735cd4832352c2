"""A PostgreSQL server of one's own for a while: in a temporary folder, on a socket in it, never run by root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"
"""Who runs it where root tests: made by Debian's package. initdb refuses root."""
WITHIN = 60.0
_numbers = count()


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    debian = sorted(DEBIAN.glob("*/bin/initdb"))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


class Server:
    """A running server; each test has a schema of its own, as good as a database and a hundred times as quick."""

    def __init__(self, folder: Path, control: Callable[..., None]) -> None:
        """`control` does with it what `pg_ctl` can."""
        self.folder = folder
        self._control = control

    @contextmanager
    def away(self) -> Iterator[None]:
        """Within it nobody is there, as after a power cut of that computer alone."""
        self._control("-m", "immediate", "stop")
        try:
            yield
        finally:
            self._control("start")

    def url(self) -> str:
        """The address of a new, empty schema."""
        name = f"t{os.getpid()}_{next(_numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://vapordep@/postgres?host={self.folder}&options={quote(f'-csearch_path={name}')}"

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(f"host={self.folder} user=vapordep dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type] # our own text


@contextmanager
def running(where: Path) -> Iterator[Server]:
    """Starts one with the programs of that folder; nothing of it is left afterwards."""
    who: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="vdpg"))  # a socket's name is short
    data = folder / "data"
    if who:
        shutil.chown(folder, USER, USER)
    folder.chmod(0o755)

    def call(*words: str) -> None:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=WITHIN, stdin=subprocess.DEVNULL, **who
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)

    locale = ("--locale=en_US.UTF-8",) if _has_locale("en_US.utf8") else ("--locale=C.UTF-8",)
    call(str(where / "initdb"), "-D", str(data), "-U", "vapordep", "--auth=trust", "--no-sync", "-E", "UTF8", *locale)
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    patient = ("-l", str(folder / "log"), "-o", options, "-w", "-t", str(int(WITHIN)))

    def control(*words: str) -> None:
        call(str(where / "pg_ctl"), "-D", str(data), *patient, *words)

    try:
        control("start")
        yield Server(folder, control)
    finally:
        if (data / "postmaster.pid").exists():
            call(str(where / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _has_locale(name: str) -> bool:
    """A lab's server sorts by the rules of a language; where the machine has one, the tests' does too."""
    done = subprocess.run(["/usr/bin/locale", "-a"], capture_output=True, text=True, check=False)
    return name in done.stdout.split()
