"""Places: where the sockets, the locks and the address of each reactor's engine lie, for this user alone."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path

import platformdirs

from vapordep.errors import FileError, LinkError
from vapordep.files import atomic_write
from vapordep.lazy import dataclass
from vapordep.model.lines import serial_device, tcp_address
from vapordep.model.reactor import Reactor

VARIABLE = "VAPORDEP_RUNTIME"
"""The environment variable that names another folder for all reactors."""
LONGEST_SOCKET_PATH = 100
"""Bytes of a Unix socket's path: systems take 104 to 108."""
ADDRESS, ORDERS = "address.json", "orders.socket"
LINES = ".lines"
"""No reactor's folder begins with a dot."""
SHUT_OUT = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Address:
    """Where one engine listens; on TCP every caller must know the token."""

    reactor: str
    orders: str
    news: str
    token: str = ""


def runtime_folder() -> Path:
    """The folder that VAPORDEP_RUNTIME names, else one in the user's own state folder.

    Not the session's XDG_RUNTIME_DIR: a service and a terminal of the same user may differ in that, and would then
    have a lock each.
    """
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_state_path("vapordep", appauthor=False) / "run"


def reactor_folder(reactor: Reactor) -> Path:
    """The folder of one reactor, which may not be there yet.

    A real reactor is known by its name, so that a changed file cannot start a second engine; a simulated one by its
    instruments' lines too: every `vapordep simulate` is another reactor.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", reactor.name)[:40] or "_"
    lines = sorted(item.line for item in reactor.instruments.values()) if reactor.simulated else []
    if lines or name != reactor.name:
        name += "-" + hashlib.sha256("\n".join((reactor.name, *lines)).encode()).hexdigest()[:8]
    return runtime_folder() / name


def line_folders(reactor: Reactor) -> dict[str, Path]:
    """By line to the instruments: the folder where its locks lie, in one order for every reactor that shares lines.

    Two reactor files of different names can lead to the same instruments. A line is known by what it means, however it
    is spelt; the two names of one host are two lines here, since nobody may be waited for who knows of names.
    """
    meant = {_meaning(item.line): item.line for item in reactor.instruments.values()}
    root = runtime_folder() / LINES
    return {meant[line]: root / hashlib.sha256(line.encode()).hexdigest()[:16] for line in sorted(meant)}


def _meaning(line: str) -> str:
    """One text for all spellings of one line: host and port, or the device that a link such as in by-id names."""
    found, device = tcp_address(line), serial_device(line)
    if found is not None:
        host, port = found
        return f"tcp {_number(host)} {port}"
    if device is not None:
        return f"serial {os.path.realpath(device)}"
    return line.strip().casefold().removesuffix("::instr")


def _number(host: str) -> str:
    """A numeric address in its one form; a name as it is, but for its case."""
    name = host.casefold()
    with suppress(ValueError):
        return str(ip_address("127.0.0.1" if name == "localhost" else name))
    return name


def claim(folder: Path) -> Path:
    """Makes the folder, and all above it that are missing, for this user alone (0700).

    Raises LinkError when it cannot be made, or somebody else could put things there.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            _shut_others_out(folder)
    except OSError as error:
        raise LinkError(
            f"the folder for locks and sockets cannot be used: {error.strerror or error}",
            where=str(folder),
            remedy=f"name a folder of your own in {VARIABLE}",
        ) from error
    return folder


def _shut_others_out(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} is not a folder of this user")
    if found.st_mode & SHUT_OUT:
        folder.chmod(0o700)


def local_address(folder: Path, reactor: str) -> Address:
    """Sockets in the folder itself; raises LinkError when its name is too long for them."""
    paths = [folder / name for name in (ORDERS, "news.socket")]
    if any(len(os.fsencode(path)) > LONGEST_SOCKET_PATH for path in paths):
        raise LinkError(
            "the name of the folder for sockets is too long",
            where=str(folder),
            remedy=f"name a short one in {VARIABLE}",
        )
    return Address(reactor, *(f"ipc://{path}" for path in paths))


def publish(folder: Path, address: Address) -> None:
    """Writes down where the engine listens; on a disk that is full its sockets tell that, where they are files.

    Raises FileError when it cannot be written, and somebody must know a token.
    """
    try:
        atomic_write(folder / ADDRESS, json.dumps(asdict(address)))
        (folder / ADDRESS).chmod(0o600)
    except FileError:
        (folder / ADDRESS).unlink(missing_ok=True)
        if address.token:
            raise


def withdraw(folder: Path) -> None:
    """The engine listens no more."""
    for name in (ADDRESS, ORDERS):
        (folder / name).unlink(missing_ok=True)


def read_address(folder: Path) -> Address | None:
    """Where the engine of that folder said it listens; None when it did not, or what is written there is damaged."""
    try:
        return Address(**json.loads((folder / ADDRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return local_address(folder, folder.name) if (folder / ORDERS).is_socket() else None


def addresses() -> Iterator[tuple[Path, Address]]:
    """Every engine of this user that said where it listens; it may have died since."""
    for folder in sorted({path.parent for name in (ADDRESS, ORDERS) for path in runtime_folder().glob(f"*/{name}")}):
        address = read_address(folder)
        if address is not None:
            yield folder, address
