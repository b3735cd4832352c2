"""The rest of the library, dry-run while a demonstration lasts: one recipe after the other, behind everything else."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vapordep.cli.operate.serve import VAPORDEP
from vapordep.files import data_folder

ENDS_WITHIN = 5.0
"""s for a dry run that is told to end."""
LAST = 19
"""Niceness: the reactor of the demonstration and its pages come first."""


@contextmanager
def library_dry_run(history: Path, without: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Within it every shipped recipe but one is dry-run into a history; the one under way at the end is aborted."""
    running = _Running()
    names = [path.stem for path in sorted(data_folder("recipes").glob("*.yaml")) if path.stem != without]

    def run_all() -> None:
        for name in names:
            status = running.do(name, history)
            if running.ending:
                return
            tell(f"  {name}: {'in the history' if status == 0 else 'did not come to its end'}")

    thread = threading.Thread(target=run_all, name="library", daemon=True)
    thread.start()
    try:
        yield
    finally:
        running.end()
        thread.join(ENDS_WITHIN)


class _Running:
    """The dry run under way, if there is one; none begins once they are to end."""

    def __init__(self) -> None:
        self.ending = False
        self._process: subprocess.Popen[bytes] | None = None
        self._beginning = threading.Lock()

    def do(self, recipe: str, history: Path) -> int:
        """One dry run, to its end; its exit status."""
        with self._beginning:
            if self.ending:
                return 1
            self._process = process = _begun(recipe, history)
        return process.wait()

    def end(self) -> None:
        """It aborts and is sealed; whatever takes too long is killed."""
        with self._beginning:
            self.ending, process = True, self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()


def _begun(recipe: str, history: Path) -> subprocess.Popen[bytes]:
    command = [*VAPORDEP, "dry-run", recipe, "--history", str(history), "--json"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, process.pid, LAST)
    return process
