"""The command `demo`: the first minute of a new user. A dry run, then a reactor with a run under way, and its pages.

Meanwhile every other recipe of the library is dry-run into the history. Where nobody looks on it ends by itself, once
the pages have answered.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from shutil import get_terminal_size
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.app.places import reactor_file, recipe_file
from vapordep.app.request import request
from vapordep.app.twin.serving import pointing
from vapordep.cli.operate.demo_library import library_dry_run
from vapordep.cli.operate.serve import VAPORDEP
from vapordep.cli.recipes.dry_run import dry_run
from vapordep.cli.terminal.output import tell
from vapordep.clock import perf
from vapordep.errors import LinkError, NoEngine, RunError
from vapordep.history.folder import default_folder
from vapordep.lazy import dataclass
from vapordep.link.client import Client, found
from vapordep.link.orders import StartRun
from vapordep.link.place import VARIABLE, reactor_folder
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor

RECIPE = "al2o3_on_lithium"
REACTOR = "glovebox_ald"
SETTINGS = ("cycles=4", "stabilise=2 min")
UNDER_WAY = {"cycles": "36", "stabilise": "2 min"}
PACE = 20
INTRODUCTION = """\
A dry run of alumina on lithium, shortened from 36 cycles to 4, on a simulated
reactor in an argon glovebox. Drivers, interlocks and sequencer are those that a
real reactor will use; only the instruments are simulated.
"""
COMES_UP_WITHIN = 40.0
"""s for an engine or a page on a slow computer."""
LOOK_EVERY = 0.1
ENDS_WITHIN = 5.0
ORDERS_WITHIN = 20.0
PORT = 8740
"""Where it is free; else any other."""
WHO = "demo"
ENDING = ("SIGTERM", "SIGHUP")
"""As Ctrl-C does: somebody ends the process, or closes its window. Windows has only the first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: the link that logs in, for whom, and the run."""

    link: str
    password: str
    """Wanted once more where somebody takes a protection away."""
    run_id: str
    require: Callable[[], None]
    """Raises RunError once the reactor or its pages are gone."""


def demo(history: Path | None, plot: Path, *, as_json: bool, once: bool) -> None:
    """A short dry run with its plot; then, but for scripts, a simulated reactor with a run under way, until Ctrl-C.

    With `once`, and where nobody sits at a terminal, it ends as soon as the pages have answered.
    """
    if not as_json:
        sys.stderr.write(INTRODUCTION)
    dry_run(request(RECIPE, history=history, set_=SETTINGS), plot, None, as_json=as_json)
    if as_json:
        return
    sys.stderr.write(_next(history))
    tell(f"\nNow the same on a reactor that goes {PACE} times as fast as a real one. Its pages:")
    for name in ENDING:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(0))
    try:
        with _served(history or default_folder()) as shown:
            tell(f"  {shown.link}\n\nThis link logs in, once. Run {shown.run_id} is under way.")
            tell(f"Where a password is wanted, or later on: name {WHO}, password {shown.password}")
            if not once and sys.stdin.isatty() and sys.stderr.isatty():
                _stay(history or default_folder(), shown.require)
    except KeyboardInterrupt:
        pass
    tell("The demonstration is over: the simulated reactor is gone, its runs are kept.")


def _stay(history: Path, require: Callable[[], None]) -> None:
    """Dry-runs the library until Ctrl-C, as long as `require` raises nothing.

    Raises KeyboardInterrupt; once more does nothing: all is being ended.
    """
    tell("Ctrl-C ends the demonstration. Until then the other recipes are dry-run:")
    with library_dry_run(history, RECIPE, tell):
        try:
            while True:
                require()
                threading.Event().wait(LOOK_EVERY)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            tell("\nEnding; the dry run under way is aborted and kept.")
            raise


def _next(history: Path | None) -> str:
    where = f" --history {history}" if history else ""
    commands = {
        f"vapordep runs show{where}": "this run, its pulses and its events",
        f"vapordep runs export{where}": "its samples, pulses and events as CSV",
        f"vapordep runs list{where}": "every run in the history",
        f"vapordep check {RECIPE}": "what the whole recipe would do, without running it",
        f"vapordep dry-run {RECIPE}{where}": "all 36 cycles",
    }
    width = max(len(command) for command in commands)
    lines = [f"  {command:<{width}}  {what}" for command, what in commands.items()]
    if max(map(len, lines)) > get_terminal_size().columns:
        lines = [f"  {what}:\n    {command}" for command, what in commands.items()]
    return "\n".join(["", "What to do next:", *lines, ""])


@contextmanager
def _served(history: Path) -> Iterator[Shown]:
    """Within it engine and page are there, with a run under way. Raises RunError when they do not come up."""
    with TemporaryDirectory(prefix="vapordep-demo-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), _free_port()
        file = folder / f"{REACTOR}.yaml"
        file.write_text(_simulated(read_reactor(reactor_file(REACTOR))), encoding="utf-8")
        os.environ[VARIABLE] = str(folder / "run")
        accounts = Accounts.of(folder)
        person = accounts.people.add(WHO, Role.ADMIN, password := token_urlsafe(9))
        here = [str(file), "--history", str(history)]
        engine = _started(["engine", *here, "--pace", str(PACE)], folder / "engine.log")
        web = _started(["web", *here, "--port", str(port), "--accounts", str(folder)], folder / "web.log")

        def require() -> None:
            _require(engine, folder / "engine.log")
            _require(web, folder / "web.log")

        try:
            run_id = _begun(read_reactor(file), require)
            _until(lambda: _answers(port), require)
            yield Shown(f"http://localhost:{port}/enter#{accounts.sessions.link(person)}", password, run_id, require)
        finally:
            _end(web, engine)


def _simulated(reactor: Reactor) -> str:
    """A reactor file whose lines lead nowhere: the instruments live in the engine of the demonstration itself."""
    lines = sorted({instrument.line for instrument in reactor.instruments.values()})
    ports = {name: 1 + lines.index(instrument.line) for name, instrument in reactor.instruments.items()}
    return pointing(reactor, ports, 1 + len(lines))


def _started(words: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """A process of this program that ends with us, and not by the Ctrl-C that is for us."""
    with log.open("wb") as told:
        return subprocess.Popen(  # noqa: S603 - our own program
            [*VAPORDEP, *words], stdin=subprocess.PIPE, stdout=told, stderr=told, start_new_session=True
        )


def _end(*processes: subprocess.Popen[bytes]) -> None:
    """Each by the end of its input; whoever takes too long is killed: there is nothing real to make safe."""
    for process in processes:
        if process.stdin is not None:
            process.stdin.close()
    for process in processes:
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _require(process: subprocess.Popen[bytes], log: Path) -> None:
    """Raises RunError, with what it was killed by or the last that it said, when the process has ended."""
    if (status := process.poll()) is not None:
        told = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        why = f"killed by signal {-status}" if status < 0 else " ".join(told)
        name = "simulated reactor" if log.stem == "engine" else "server of its pages"
        raise RunError(f"the {name} ended: {why}", remedy="try again; see `vapordep doctor`")


def _begun(reactor: Reactor, require: Callable[[], None]) -> str:
    """Starts the run once the engine answers; gives its id."""
    folder = reactor_folder(reactor)
    order = StartRun(str(recipe_file(RECIPE)), reactor.sha256, WHO, UNDER_WAY)

    def tried() -> str:
        try:
            client = Client(found(reactor.name, folder))
        except NoEngine:
            return ""
        try:
            return client.call(order, ORDERS_WITHIN).run_id
        finally:
            client.close()

    return _until(tried, require)


def _until(looks: Callable[[], str], require: Callable[[], None]) -> str:
    """What `looks` finds at last, as long as `require` raises nothing. Raises LinkError when it takes too long."""
    end = perf() + COMES_UP_WITHIN
    while perf() < end:
        require()
        if found_it := looks():
            return found_it
        threading.Event().wait(LOOK_EVERY)
    raise LinkError(f"the demonstration did not come up within {COMES_UP_WITHIN:.0f} s", remedy="try again")


def _answers(port: int) -> str:
    with suppress(OSError), urlopen(f"http://localhost:{port}/login", timeout=5.0) as answer:
        return str(answer.status)
    return ""


def _free_port() -> int:
    for port in (PORT, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as listening:
            return int(listening.getsockname()[1])
    raise LinkError("no port is free", remedy="end another program")
