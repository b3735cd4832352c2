"""The command `alarms history`: alarms of a span with who answered them, out of the history; no engine is needed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vapordep.app.words import clock_time, count
from vapordep.cli.terminal.output import LOUD, console, local_time, plain, write_json
from vapordep.cli.terminal.past import history_in
from vapordep.clock import utc_now
from vapordep.errors import InputError
from vapordep.history.alarm_episodes import Deed, Episode, of_span
from vapordep.history.catalogue.idle import utc
from vapordep.history.queries import History
from vapordep.history.spans import pieces
from vapordep.lazy import dataclass
from vapordep.model.alarms import AlarmState, Priority
from vapordep.model.run import Mode
from vapordep.wire import episode_as_plain

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the history is wanted, as it was typed; empty is whatever there is."""

    reactor: str = ""
    since: str = ""
    until: str = ""
    tag: str = ""
    priority: str = ""
    simulated: bool = False


def alarm_history(folder: Path | None, asked: Asked, *, as_json: bool) -> None:
    """Prints them, the latest first. Raises InputError for a time or a priority that is none."""
    least, (begin, end) = _priority(asked.priority), _span(asked.since, asked.until)
    history = history_in(folder)
    reactor, simulated = (asked.reactor, asked.simulated) if asked.reactor else _latest(history, asked.simulated)
    found = of_span(history, pieces(history, reactor, begin, end, simulated=simulated), begin, end)
    mine = [each for each in reversed(found) if _is_wanted(each, asked.tag, least)]
    if as_json:
        return write_json([episode_as_plain(each) for each in mine])
    out = console()
    kind = ", simulated" if simulated else ""
    out.print(plain(f"{reactor}{kind}: {count(len(mine), 'alarm')} from {_when(begin)} to {_when(end)}", "bold"))
    for each in mine:
        for line, style in _lines(each):
            out.print(plain(line, style), soft_wrap=True)


def _is_wanted(episode: Episode, tag: str, least: Priority) -> bool:
    """Whether it is so urgent at least, and it or what it tells names the tag, or the interlock of that name."""
    priority = Priority[episode.priority.upper()] if episode.priority else Priority.URGENT
    named = re.search(rf"(?<![\w.\]]){re.escape(tag)}(?!\w|\.\w|\[)", f"{episode.id} {episode.text}")
    return priority >= least and (not tag or named is not None)


def _priority(word: str) -> Priority:
    known = {each.name.lower(): each for each in Priority}
    if word and word.lower() not in known:
        raise InputError(f"there is no priority {word!r}", where="--priority", remedy=f"one of {', '.join(known)}")
    return known.get(word.lower(), Priority.LOW)


def _span(since: str, until: str) -> tuple[datetime, datetime]:
    end = _instant(until, "--until") if until else utc_now()
    return (_instant(since, "--since") if since else end - A_DAY), end


def _instant(text: str, where: str) -> datetime:
    """A day or an instant, UTC where it does not say; a month is its first day."""
    try:
        time = datetime.fromisoformat(f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        remedy = "such as 2026-11-27, or 2026-11-27T08:00"
        raise InputError(f"{text!r} is no time", where=where, remedy=remedy) from None


def _latest(history: History, simulated: bool) -> tuple[str, bool]:
    """The reactor that was served last, or had the latest run, and whether it was simulated.

    Raises InputError where there is neither.
    """
    if idle := history.idle():
        return idle[-1].reactor, simulated or idle[-1].simulated
    if run := next(history.latest(), None):
        return run.header.reactor_name, simulated or run.header.mode is Mode.DRY_RUN
    raise InputError("nothing was recorded yet", where=str(history.folder), remedy="name another with --history")


def _lines(episode: Episode) -> Iterator[tuple[str, str]]:
    """One alarm for a person: when and what, then what became of it."""
    began = _when(episode.raised) if episode.raised else "before that"
    style = LOUD if episode.priority == Priority.URGENT.name.lower() else ""
    yield f"{began}  {episode.priority.upper() or '-'}  {episode.text}", style
    yield f"  {'; '.join(_became(episode))}", "dim"


def _became(episode: Episode) -> Iterator[str]:
    if episode.after:
        yield f"came after {episode.after}"
    if episode.again:
        yield f"came back {episode.again} x"
    yield "stood as long as is recorded" if episode.lasted is None else f"stood for {clock_time(episode.lasted)}"
    yield f"acknowledged {_by(episode.acknowledged)}" if episode.acknowledged else "not acknowledged"
    if episode.over is not None and episode.ended != AlarmState.NORMAL:
        yield f"{episode.ended.lower().replace('_', ' ')} {_by(episode.ended_by)}".rstrip()
    yield f"in {episode.piece.name}"


def _by(deed: Deed | None) -> str:
    return "" if deed is None else f"by {deed.by} at {_when(deed.time)}{f' ({deed.why})' if deed.why else ''}"


def _when(time: datetime) -> str:
    return f"{local_time(utc(time)):%Y-%m-%d %H:%M:%S %Z}"
