"""The plain page: one reactor at a glance as HTML, for browsers without scripts and where no pages were built.

Every text of others is escaped, and what would steer letters is spelled out; instruments' replies are others'.
"""

from collections.abc import Iterable, Iterator
from html import escape
from math import isfinite

from vapordep.accounts.people import Person
from vapordep.files.printable import printable
from vapordep.link.news import EngineShown, RunShown
from vapordep.link.picture import Picture, Row, Standing
from vapordep.model.alarms import AlarmView
from vapordep.model.events import Event
from vapordep.model.run import Mode

SILENT_AFTER = 3.0
"""Nothing from the engine for so long, in s: what is shown is old."""
EVENTS_SHOWN = 12


def page(reactor: str, picture: Picture | None, trouble: str, who: Person) -> str:
    """The whole document, as `who` is shown it."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_shown(_title(reactor, picture))}</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<script src="/live.js" defer></script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body>
<div class="masthead">
<nav>
<button id="abort">ABORT</button>
<a class="to" href="/">Reactor</a>
<a class="to" href="/plain" aria-current="page">Plain</a>
<a class="to" href="/recipes">Recipes</a>
<a class="to" href="/runs">Runs</a>
<a class="to" href="/alarms">Alarms</a>
<span class="me">{_shown(who.name)} · {who.role}</span>
<button id="logout">Log out</button>
</nav>
<p id="said" role="alert"></p>
<p id="lost" role="alert" hidden>No connection: what is shown is old.</p>
</div>
<main>
{main(reactor, picture, trouble)}
</main>
<footer>vapordep is basic process control, not a safety system. ABORT drives the safe state and is no
emergency stop; all other orders go over the command line.
</footer>
</body>
</html>
"""


def main(reactor: str, picture: Picture | None, trouble: str) -> str:
    """What changes; the script takes it out of the page it asks for anew."""
    if picture is None:
        return f"<h1>{_shown(reactor)}</h1>\n{_notice(f'No engine: {trouble}.')}"
    engine = picture.engine
    side = "\n".join((_alarms(engine.alarms), _run(engine.run), _events(picture)))
    parts = [
        _head(engine),
        *_notices(picture, trouble),
        f'<div class="side">{side}</div>',
        _values(picture, _is_old(picture, trouble)),
    ]
    return "\n".join(parts)


def _title(reactor: str, picture: Picture | None) -> str:
    run = picture.engine.run if picture is not None else None
    return f"{run.state if run is not None else 'no run'} · {reactor}"


def _head(engine: EngineShown) -> str:
    badges = [("armed", "ARMED") if engine.armed else ("", "disarmed"), ("", f"for {engine.substrate}")]
    frame = '<aside class="simulated">SIMULATION: no real reactor</aside>\n' if engine.simulated else ""
    badges.append(("", "guarded") if engine.guarded else ("warn", "no guardian"))
    told = " ".join(f'<span class="badge {kind}">{_shown(text)}</span>' for kind, text in badges)
    return f"{frame}<header><h1>{_shown(engine.reactor)}</h1><p>{told}</p></header>"


def _notices(picture: Picture, trouble: str) -> Iterator[str]:
    engine = picture.engine
    if _is_old(picture, trouble):
        why = trouble or "it says nothing"
        yield _notice(f"The engine has not been heard for {picture.silence:.0f} s ({why}): what is shown is old.")
    for bypass in engine.bypasses:
        left = _clock_time(bypass.left(picture.now))
        yield _notice(f"BYPASS of {bypass.id} by {bypass.person}, {left} left: {bypass.reason}")
    if engine.trouble:
        yield _notice(engine.trouble)
    for line in engine.silent:
        yield _notice(f"does not answer: {line}")
    if engine.interrupted is not None:
        ended = engine.interrupted
        yield _notice(f"INTERRUPTED: {ended.recipe}. Nothing is resumed by itself.")
        yield _notice(f"Decide with: vapordep run continue {ended.run_id}")


def _shown(text: str) -> str:
    return escape(printable(text))


def _notice(text: str) -> str:
    return f'<p class="notice" role="status">{_shown(text)}</p>'


def _alarms(alarms: Iterable[AlarmView]) -> str:
    items = "".join(
        f'<li class="{alarm.priority.name.lower()} {alarm.state.lower()}"><b>{alarm.priority.name}</b> '
        f"<span>{alarm.state.in_words}{' · came first' if alarm.first_out else ''}</span><br>{_shown(alarm.text)}</li>"
        for alarm in alarms
    )
    return f'<section id="alarms"><h2>Alarms</h2>{f"<ul>{items}</ul>" if items else "<p>none</p>"}</section>'


def _run(run: RunShown | None) -> str:
    if run is None:
        return '<section id="run"><h2>Run</h2><p>none</p></section>'
    dry = " (dry run)" if run.mode is Mode.DRY_RUN else ""
    rows = "".join(f"<dt>{name}</dt><dd>{_shown(value)}</dd>" for name, value in _run_rows(run))
    return (
        f'<section id="run"><h2>Run</h2><p class="state {run.state.lower()}">{_shown(run.state)}</p>'
        f"<p>{_shown(run.recipe)}{dry}</p>{_bar(run)}<dl>{rows}</dl></section>"
    )


def _run_rows(run: RunShown) -> Iterator[tuple[str, str]]:
    yield "why", run.reason
    if run.cycles > 1:
        yield "cycle", f"{run.block} {run.cycle} of {run.cycles}"
    if run.step:
        yield "step", run.step
    if run.waiting_for:
        yield "waits for", run.waiting_for
    if run.prompt:
        yield "asks", run.prompt
    yield "time", f"{_clock_time(run.elapsed)}, about {_clock_time(run.left)} left"
    yield "pulses", str(run.doses)
    yield "by", f"{run.operator}, {run.run_id}"


def _bar(run: RunShown) -> str:
    total = run.elapsed + run.left
    if not (isfinite(total) and total > 0.0):
        return ""
    return f'<progress max="{total:.0f}" value="{run.elapsed:.0f}">{run.elapsed / total:.0%}</progress>'


def _is_old(picture: Picture, trouble: str) -> bool:
    return bool(trouble) or picture.silence > SILENT_AFTER


def _values(picture: Picture, old: bool) -> str:
    rows = list(picture.rows())
    outputs = [row for row in rows if row.tag.output]
    readings = [row for row in rows if not row.tag.output]
    tables = _table("Outputs", outputs, old) + _table("Readings", readings, old)
    return f'<section id="values"><h2>Values</h2>{tables}</section>'


def _table(caption: str, rows: Iterable[Row], old: bool) -> str:
    body = "".join(_value(row, old) for row in rows)
    head = '<thead><tr><th scope="col">tag</th><th scope="col">value</th><th scope="col">age</th></tr></thead>'
    return f"<table><caption>{caption}</caption>{head}<tbody>{body}</tbody></table>"


def _value(row: Row, old: bool) -> str:
    standing = Standing.STALE if old and row.standing is not Standing.UNKNOWN else row.standing
    age = "" if row.age is None or row.tag.stale_after is None else f"{row.age:.1f} s"
    mark = "" if standing is Standing.GOOD else f" <i>{standing}</i>"
    return (
        f'<tr class="{standing}" data-tag="{_shown(row.tag.name)}"><th scope="row">{_shown(row.tag.name)}</th>'
        f"<td><span>{_shown(row.text)}</span>{mark}</td><td>{age}</td></tr>"
    )


def _events(picture: Picture) -> str:
    latest = list(picture.events)[-EVENTS_SHOWN:]
    items = "".join(_event(event, picture.now) for event in reversed(latest))
    return f'<section id="events"><h2>Events</h2>{f"<ol>{items}</ol>" if items else "<p>none yet</p>"}</section>'


def _event(event: Event, now: float) -> str:
    ago = _clock_time(max(now - event.time, 0.0))
    return f'<li class="{event.kind}"><time>{ago} ago</time> {_shown(event.text)}</li>'


def _clock_time(seconds: float) -> str:
    if not isfinite(seconds):
        return "-"
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
