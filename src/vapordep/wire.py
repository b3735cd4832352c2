"""What pages and `--json` tell of a served reactor: plain data in SI, null where something is not known."""

from datetime import datetime
from math import isfinite

from vapordep.history.alarm_episodes import Deed, Episode
from vapordep.history.catalogue.idle import utc
from vapordep.link.film import FilmShown
from vapordep.link.news import EngineShown, RunShown
from vapordep.link.picture import Picture, Row
from vapordep.model.alarms import AlarmView
from vapordep.model.hand_valves import HandValve


def as_plain(picture: Picture) -> dict[str, object]:
    """A picture as plain data, SI: what `--json` prints."""
    values = {row.tag.name: _row_as_plain(row) for row in picture.rows()}
    return {**engine_as_plain(picture.engine, picture.now), "values": values}


def engine_as_plain(engine: EngineShown, now: float) -> dict[str, object]:
    """Engine, run and alarms at the instant `now` (s on the engine's clock) as plain data."""
    return {
        "reactor": engine.reactor,
        "simulated": engine.simulated,
        "armed": engine.armed,
        "guarded": engine.guarded,
        "substrate": engine.substrate,
        "pid": engine.pid,
        "since": engine.since,
        "history": engine.history,
        "trouble": engine.trouble or None,
        "unmet": list(engine.unmet),
        "silent": list(engine.silent),
        "run": run_as_plain(engine.run) if engine.run is not None else None,
        "interrupted": engine.interrupted.run_id if engine.interrupted is not None else None,
        "alarms": [alarm_as_json(alarm) for alarm in engine.alarms],
        "bypasses": [
            {"id": b.id, "person": b.person, "reason": b.reason, "left_s": round(b.left(now), 1)}
            for b in engine.bypasses
        ],
        "control": engine.control.person if engine.control is not None else None,
        "hand_valves": [hand_valve_as_plain(each) for each in engine.hand_valves],
    }


def hand_valve_as_plain(found: HandValve) -> dict[str, object]:
    """What a test pulse showed as plain data: s and Pa."""
    return {
        "source": found.source,
        "shown": found.shown.value,
        "at": found.at,
        "by": found.by,
        "width_s": found.width,
        "baseline_Pa": _number(found.baseline),
        "rise_Pa": _number(found.rise),
    }


def run_as_plain(run: RunShown) -> dict[str, object]:
    """A run as plain data; durations in s."""
    return {
        "run_id": run.run_id,
        "recipe": run.recipe,
        "shipped": run.shipped,
        "mode": run.mode.value,
        "state": run.state.value,
        "reason": run.reason,
        "verbs": [verb.value for verb in run.verbs],
        "operator": run.operator,
        "started": run.started,
        "step": run.step,
        "block": run.block or None,
        "cycle": run.cycle,
        "cycles": run.cycles,
        "doses": run.doses,
        "waiting_for": run.waiting_for or None,
        "waiting_s": run.waiting if run.waiting_for else None,
        "elapsed_s": run.elapsed,
        "left_s": _number(run.left),
        "prompt": run.prompt or None,
        "film": film_as_plain(run.film) if run.film is not None else None,
    }


def film_as_plain(film: FilmShown) -> dict[str, object]:
    """A film that grows as plain data, in m."""
    return {"so_far_m": _number(film.so_far), "target_m": _number(film.target), "by": film.by.value}


def _row_as_plain(row: Row) -> dict[str, object]:
    age = None if row.age is None else round(row.age, 3)
    return {"value": row.value, "age_s": age, "standing": row.standing.value, "output": row.tag.output}


def alarm_as_json(view: AlarmView) -> dict[str, object]:
    """An alarm as plain data; instants in s on the clock of its process, null where there is none."""
    return {
        "id": view.id,
        "state": view.state.value,
        "priority": view.priority.name.lower(),
        "text": view.text,
        "cause": view.cause,
        "consequence": view.consequence,
        "remedy": view.remedy,
        "latching": view.latching,
        "present": view.present,
        "first_out": view.first_out,
        "after": view.after or None,
        "raised_s": _number(view.raised),
        "until_s": _number(view.until),
        "by": view.by or None,
        "reason": view.reason or None,
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def episode_as_plain(episode: Episode) -> dict[str, object]:
    """One alarm of the past as plain data: instants in UTC, durations in s, null where that was not seen."""
    return {
        "id": episode.id, "text": episode.text, "priority": episode.priority, "recording": episode.piece.name,
        "run": episode.piece.run, "raised": _civil(episode.raised), "first_out": episode.first_out,
        "after": episode.after or None, "again": episode.again, "acknowledged": _deed(episode.acknowledged),
        "cleared": _civil(episode.cleared), "lasted_s": episode.lasted, "over": _civil(episode.over),
        "ended": episode.ended or None, "ended_by": _deed(episode.ended_by),
    }  # fmt: skip


def _deed(deed: Deed | None) -> dict[str, object] | None:
    return None if deed is None else {"time": utc(deed.time), "by": deed.by, "why": deed.why}


def _civil(time: datetime | None) -> str | None:
    return None if time is None else utc(time)
