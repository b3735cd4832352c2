"""Live progress of a run: cycle, step, simulated and wall time, time left; one line at a time where no terminal is."""

import asyncio
import sys
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from vapordep.app.watch import Snapshot
from vapordep.cli.keyboard import HELP, KEYS, Keyboard
from vapordep.cli.words import clock_time, shown
from vapordep.model.run import Verb
from vapordep.units import Dimension

LINE_EVERY = 10.0
"""Without a terminal a line is written at most this often, in wall s."""


class Progress:
    """Shows snapshots; a context, so that the terminal is left as it was."""

    def __init__(self, title: str, *, quiet: bool, keyboard: Keyboard) -> None:
        self.title = title
        self.quiet = quiet
        self.keyboard = keyboard
        self.console = Console(stderr=True)
        self._live = Live(console=self.console, refresh_per_second=8, transient=True)
        self._told_at = 0.0
        self._prompt: asyncio.Event | None = None
        self._asked = ""

    def __enter__(self) -> Self:
        if not self.quiet and self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Shows where the run is."""
        if self.quiet:
            return
        if self.console.is_terminal:
            self._live.update(self._view(snapshot))
        elif snapshot.wall - self._told_at >= LINE_EVERY:
            self._told_at = snapshot.wall
            sys.stderr.write(f"{line(snapshot)}\n")

    def verb(self) -> Verb | None:
        """The verb of the key that was pressed, if any; while a prompt waits, y confirms it."""
        key = self.keyboard.key()
        if key == "y" and self._prompt is not None:
            self._prompt.set()
        return KEYS.get(key)

    async def ask(self, text: str) -> None:
        """Shows a prompt of the recipe until somebody presses y."""
        self._prompt = asyncio.Event()
        self._asked = text
        try:
            await self._prompt.wait()
        finally:
            self._prompt = None

    def _view(self, snapshot: Snapshot) -> Group:
        table = Table.grid(padding=(0, 2))
        table.add_row("state", Text(snapshot.state.value, style="bold"))
        table.add_row("step", snapshot.step or "-")
        if snapshot.waiting_for:
            table.add_row("waiting for", snapshot.waiting_for)
        if snapshot.cycles > 1:
            table.add_row(snapshot.block, f"cycle {snapshot.cycle} of {snapshot.cycles}")
        table.add_row("pulses", str(snapshot.doses))
        table.add_row("chamber", shown(snapshot.pressure, Dimension.PRESSURE))
        table.add_row("stage", shown(snapshot.stage, Dimension.TEMPERATURE))
        table.add_row("time", f"{clock_time(snapshot.simulated)}, left about {clock_time(snapshot.left)}")
        table.add_row("wall time", f"{clock_time(snapshot.wall)}")
        total = snapshot.simulated + max(snapshot.left, 0.0)
        parts: list[RenderableType] = [Text(self.title, style="bold"), ProgressBar(total=total or 1.0, completed=snapshot.simulated), table]
        if self._prompt is not None:
            parts.append(Text(f"{self._asked}   Done? Press y.", style="bold reverse"))
        if self.keyboard.attended:
            parts.append(Text(f"{HELP}   Ctrl-C stop, twice abort", style="dim"))
        return Group(*parts)


def line(snapshot: Snapshot) -> str:
    """A snapshot in one line."""
    cycle = f", {snapshot.block} {snapshot.cycle} of {snapshot.cycles}" if snapshot.cycles > 1 else ""
    waiting = f", waiting for {snapshot.waiting_for}" if snapshot.waiting_for else ""
    times = f"{clock_time(snapshot.simulated)} done, about {clock_time(snapshot.left)} left"
    return f"{snapshot.state.value}{cycle}, {snapshot.step}{waiting}; {times}"
