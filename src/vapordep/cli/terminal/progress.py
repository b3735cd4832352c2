"""Live progress of a run: cycle, step, simulated and wall time, time left; one line at a time where no terminal is."""

import math
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from vapordep.app.running.outside import Snapshot
from vapordep.app.words import clock_time, count, shown
from vapordep.cli.terminal.entry import Entry
from vapordep.cli.terminal.keyboard import KEYS, Keyboard, keys_for
from vapordep.cli.terminal.output import console, plain, state_text, tell
from vapordep.errors import InputError
from vapordep.model.amendments import Amendment
from vapordep.model.questions import Answer, Question, Wanted
from vapordep.model.run import Verb
from vapordep.recipe.resume.amend import FORMS, amendment_from
from vapordep.units import Dimension

LINE_EVERY = 10.0
"""Without a terminal a line is written at most this often, in wall s."""
BAR = 60
"""Columns of the bar, where the terminal is wide enough."""


class Progress:
    """Shows snapshots; a context, so that the terminal is left as it was."""

    def __init__(self, title: str, *, quiet: bool, keyboard: Keyboard) -> None:
        self.title = title
        self.quiet = quiet
        self.keyboard = keyboard
        self.console = console(error=True)
        self._live = Live(console=self.console, refresh_per_second=8, transient=True)
        self._told_at = 0.0
        self._entry: Entry | None = None
        self._amending: Entry | None = None

    def __enter__(self) -> Self:
        if not self.quiet and self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def warn(self, text: str) -> None:
        """A warning about the recipe, or about what was asked for in vain; it stays on the screen."""
        self.console.print(plain(f"warning: {text}", style="yellow"), soft_wrap=True)

    def show(self, snapshot: Snapshot) -> None:
        """Shows where the run is."""
        if self.quiet:
            return
        if self.console.is_terminal:
            self._live.update(self._view(snapshot))
        elif snapshot.wall - self._told_at >= LINE_EVERY:
            self._told_at = snapshot.wall
            tell(line(snapshot))

    def verb(self) -> Verb | Amendment | None:
        """What was asked for by a key, if anything; while a text is wanted, keys are that text."""
        if self._amending is not None:
            return self._amendment(self._amending)
        if self._entry is not None and self._entry.question.wanted is Wanted.TEXT:
            while not self._entry.done and (typed := self.keyboard.character()):
                self._entry.take(typed)
            return None
        key = self.keyboard.key()
        if key == "y" and self._entry is not None:
            self._entry.finish()
        verb = KEYS.get(key)
        if verb is Verb.AMEND:
            self._amending = Entry(Question(f"Amend the plan: {FORMS}.", Wanted.TEXT))
            return None
        return verb

    def _amendment(self, entry: Entry) -> Amendment | None:
        """What was typed, once Enter came; nothing leaves the plan as it is."""
        while not entry.done and (typed := self.keyboard.character()):
            entry.take(typed)
        if not entry.done:
            return None
        self._amending = None
        try:
            return amendment_from(entry.answered.result()) if entry.answered.result() else None
        except InputError as error:
            self.warn(str(error))
            return None

    async def ask(self, question: Question) -> Answer:
        """Shows a question until somebody has answered it: with y, or a text and Enter."""
        self._entry = Entry(question)
        try:
            return Answer(await self._entry.answered)
        finally:
            self._entry = None

    def _view(self, snapshot: Snapshot) -> Group:
        width = min(BAR, self.console.width)
        parts: list[RenderableType] = [plain(self.title, style="bold"), _bar(snapshot, width), _table(snapshot)]
        if snapshot.standing:
            parts.append(plain(snapshot.standing))
        entry = self._amending or self._entry
        if entry is not None:
            parts.append(plain(entry.shown, style="bold reverse"))
        if self.keyboard.attended and not (entry and entry.question.wanted is Wanted.TEXT):
            parts.append(Text(f"keys: {keys_for(snapshot.allowed)}   ^C stop, twice abort", style="dim"))
        return Group(*parts)


def line(snapshot: Snapshot) -> str:
    """A snapshot in one line."""
    place = ", ".join(part for part in (cycle(snapshot), step(snapshot)) if part)
    times = f"{clock_time(snapshot.simulated)} done, about {clock_time(snapshot.left)} left"
    return f"{snapshot.state.value}: {place or '-'}; {times}"


def cycle(snapshot: Snapshot) -> str:
    """The innermost cycle that counts, `main 3 of 36`; empty outside of one."""
    return f"{snapshot.block} {snapshot.cycle} of {snapshot.cycles}" if snapshot.cycles > 1 else ""


def step(snapshot: Snapshot) -> str:
    """The step in hand, and what it waits for."""
    waiting = f", waiting for {snapshot.waiting_for}" if snapshot.waiting_for else ""
    return f"{snapshot.step or '-'}{waiting}"


def _bar(snapshot: Snapshot, width: int) -> Table:
    total = snapshot.simulated + max(snapshot.left, 0.0)
    known = total > 0.0 and math.isfinite(total)
    row = Table.grid()  # a bar of its own ends no line
    row.add_row(ProgressBar(total=total if known else 1.0, completed=snapshot.simulated if known else 0.0, width=width))
    return row


def _table(snapshot: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, value in _rows(snapshot):
        table.add_row(name, value)
    return table


def _rows(snapshot: Snapshot) -> list[tuple[str, Text]]:
    """What is shown, always as many lines, so that nothing jumps."""
    pressure = shown(snapshot.pressure, Dimension.PRESSURE)
    stage = shown(snapshot.stage, Dimension.TEMPERATURE)
    why = plain(f" ({snapshot.reason})", style="dim") if snapshot.reason not in ("", "started") else Text()
    return [
        ("state", state_text(snapshot.state).append(why)),
        ("cycle", plain(cycle(snapshot) or "-")),
        ("step", plain(step(snapshot))),
        ("reactor", Text(f"{pressure}, stage {stage}, {count(snapshot.doses, 'pulse')} so far")),
        ("run time", Text(_of(snapshot.simulated, snapshot.left))),
        ("wall time", Text(_of(snapshot.wall, _wall_left(snapshot)))),
    ]


def _of(gone: float, left: float) -> str:
    return f"{clock_time(gone)}, about {clock_time(left)} left"


def _wall_left(snapshot: Snapshot) -> float:
    """How long one will still wait, if the run goes on as fast as it went so far."""
    if snapshot.simulated <= 0.0:
        return float("nan")
    return snapshot.left * snapshot.wall / snapshot.simulated
