"""What a served reactor shows: its run, its alarms, its values with their ages."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from vapordep.app.words import clock_time, nanometres
from vapordep.cli.operate.orders import bypass_line, client_of
from vapordep.cli.terminal.output import LOUD, STYLES, console, listing, local_time, plain, write_json
from vapordep.history.folder import default_folder
from vapordep.link.film import KnownBy
from vapordep.link.news import EngineShown, RunShown
from vapordep.link.picture import Picture, Row, Standing
from vapordep.model.alarms import STANDING, AlarmView, Priority
from vapordep.model.interlocks import Bypass
from vapordep.model.run import Mode
from vapordep.wire import as_plain

CHIEF = ("chamber.pressure", "foil.temperature")
"""Tags that are always shown, beside the zones' temperatures and the outputs."""
HOW = {KnownBy.CYCLES: "foretold growth and whole cycles", KnownBy.CRYSTAL: "the crystal"}
FAINT = {Standing.STALE: "dim strike", Standing.UNKNOWN: "bold yellow", Standing.BAD: LOUD}


def status(reactor: str | None, *, every: bool, as_json: bool) -> None:
    """Prints all of it."""
    picture = _picture(reactor)
    if as_json:
        write_json(as_plain(picture))
        return
    out = console()
    _engine(out, picture.engine)
    _bypasses(out, picture.engine.bypasses, picture.now)
    _run(out, picture.engine.run)
    _alarms(out, picture.engine.alarms, picture.now)
    out.print()
    out.print(_values([row for row in picture.rows() if every or _is_chief(row)]))


def alarms(reactor: str | None, *, as_json: bool) -> None:
    """Prints the alarms only; `left_s` is how much longer one stays on the shelf."""
    picture = _picture(reactor)
    if as_json:
        shown: Any = as_plain(picture)["alarms"]
        pairs = zip(shown, picture.engine.alarms, strict=True)
        write_json([{**plain, "left_s": alarm.left(picture.now)} for plain, alarm in pairs])
    elif picture.engine.alarms:
        _alarms(console(), picture.engine.alarms, picture.now)
    else:
        console().print("no alarm stands")


def bypasses(reactor: str | None, *, as_json: bool) -> None:
    """Prints the interlocks that are set aside only; durations in s."""
    with client_of(reactor) as client:
        snapshot = client.snapshot()
    active = snapshot.engine.bypasses
    if as_json:
        write_json([{**asdict(bypass), "left_s": bypass.left(snapshot.now)} for bypass in active])
    elif active:
        _bypasses(console(), active, snapshot.now)
    else:
        console().print("no interlock is bypassed")


def _bypasses(out: Console, active: Sequence[Bypass], now: float) -> None:
    for bypass in active:
        out.print(plain(bypass_line(bypass, now), style="bold yellow"))


def _picture(reactor: str | None) -> Picture:
    with client_of(reactor) as client:
        return Picture(client.snapshot())


def _engine(out: Console, engine: EngineShown) -> None:
    kind = "simulated, " if engine.simulated else ""
    armed = "ARMED" if engine.armed else "disarmed"
    guard = "guarded" if engine.guarded else "no guardian"
    out.print(plain(f"{engine.reactor}: {kind}{armed}, for {engine.substrate} on the stage, {guard}", style="bold"))
    out.print(plain(f"engine {engine.pid}, since {local_time(engine.since):%Y-%m-%d %H:%M:%S}", style="dim"))
    for line in (*engine.silent, *([engine.trouble] if engine.trouble else [])):
        out.print(plain(f"does not answer: {line}" if line in engine.silent else line, style="bold yellow"))
    if engine.interrupted is not None:
        left = engine.interrupted
        out.print(plain(f"INTERRUPTED: {left.run_id}, {left.recipe}: nothing is resumed by itself", style=LOUD))
        where = "" if engine.history == str(default_folder().absolute()) else f" --history {engine.history}"
        order = f"`vapordep run continue {left.run_id}{where}`"
        out.print(plain(f"{order} shows how it stands, and what may be decided: continue, cap or discard"))


def _run(out: Console, run: RunShown | None) -> None:
    if run is None:
        out.print("no run")
        return
    dry = ", dry run" if run.mode is Mode.DRY_RUN else ""
    out.print()
    out.print(plain(f"{run.recipe}{dry}, {run.run_id}, by {run.operator}"))
    for name, value, style in _run_rows(run):
        out.print(plain(f"{name:<10}").append_text(plain(value, style)))


def _run_rows(run: RunShown) -> Iterator[tuple[str, str, str]]:
    yield "state", f"{run.state}: {run.reason}", STYLES.get(run.state, LOUD)
    if run.cycles > 1:
        yield "cycle", f"{run.block} {run.cycle} of {run.cycles}", ""
    if run.step:
        yield "step", f"{run.step}{f', waiting for {run.waiting_for}' if run.waiting_for else ''}", ""
    if run.film is not None:
        so_far, target = nanometres(run.film.so_far), nanometres(run.film.target)
        yield "film", f"{so_far} of {target}, by {HOW[run.film.by]}", ""
    left = f", about {clock_time(run.left)} left" if run.left else ""
    yield "time", f"{clock_time(run.elapsed)}{left}", ""
    if run.prompt:
        yield "asks", f"{run.prompt}   Say `vapordep run answer`", "bold reverse"
    if run.verbs:
        yield "can", ", ".join(run.verbs), "dim"


def _by(alarm: AlarmView, now: float) -> str:
    """Who answered or silenced it, for how much longer, and why."""
    if not alarm.by:
        return ""
    left = alarm.left(now)
    until = "" if left is None else f", {clock_time(left)} left"
    return f" ({alarm.state.in_words} by {alarm.by}{until}{f': {alarm.reason}' if alarm.reason else ''})"


def _alarms(out: Console, alarms: Sequence[AlarmView], now: float) -> None:
    for alarm in alarms:
        first = ", came first" if alarm.first_out else ""
        urgent = alarm.priority is Priority.URGENT and alarm.state in STANDING
        style = LOUD if urgent else "yellow" if alarm.state in STANDING else "dim"
        out.print(plain(f"{alarm.priority.name} {alarm.id}: {alarm.state.in_words}{first}", style=style))
        out.print(plain(f"  {alarm.text}{_by(alarm, now)}"))


def _values(rows: Sequence[Row]) -> object:
    table = listing("tag", "value>", "age>", "")
    for row in rows:
        age = "-" if row.age is None else "" if row.tag.stale_after is None else f"{row.age:.1f} s"
        table.add_row(plain(row.tag.name), plain(row.text, FAINT.get(row.standing, "")), age, _mark(row), style=None)
    return table


def _mark(row: Row) -> str:
    return "" if row.standing is Standing.GOOD else row.standing.value


def _is_chief(row: Row) -> bool:
    name = row.tag.name
    return row.tag.output or name in CHIEF or name.endswith(".temperature")
