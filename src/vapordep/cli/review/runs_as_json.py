"""A run as JSON: for `--json` of whatever tells of runs."""

import json
from dataclasses import asdict
from typing import Any

from vapordep.app.plain import number
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.recordings.recording import Recording
from vapordep.model.events import Kind
from vapordep.model.pulses import PulseRecord


def run_as_json(run: CataloguedRun) -> dict[str, Any]:
    """What the catalogue knows of a run."""
    header = run.header
    return {
        "run_id": run.run_id,
        "mode": header.mode.value,
        "recipe": header.recipe_name,
        "recipe_sha256": header.recipe_sha256,
        "reactor": header.reactor_name,
        "reactor_sha256": header.reactor_sha256,
        "parameters": dict(header.parameters),
        "called": [asdict(recipe) for recipe in header.called],
        "versions": dict(header.versions),
        "operator": header.operator,
        "started": header.started,
        "ended": run.ended,
        "state": run.state.value,
        "reason": run.reason,
        "simulated_s": number(run.simulated_s),
        "wall_s": number(run.wall_s),
        "samples_on_stage": [{"id": s.id, "substrate": s.substrate, "position": s.position} for s in header.samples],
        "outcome": dict(run.outcome),
        "coverage": sheet_of(run),
    }


def sheet_of(run: CataloguedRun) -> dict[str, Any] | None:
    """The coverage sheet as it was when the run started; runs of earlier versions have none."""
    kept = run.header.notes.get("coverage")
    return json.loads(kept) if kept else None


def recorded_as_json(recording: Recording) -> dict[str, Any]:
    """What its recording tells beyond that: names of tags, events, amendments, pulses."""
    return {
        "tags": list(recording.tags()),
        "events": [
            {"time_s": e.time - recording.t0, "kind": e.kind.value, "text": e.text, "data": dict(e.data)}
            for e in recording.events()
        ],
        "amendments": [
            {"time_s": e.time - recording.t0, "text": e.text, **e.data}
            for e in recording.events()
            if e.kind is Kind.AMENDMENT
        ],
        "pulses": [_pulse_as_json(pulse, recording.t0) for pulse in pulses_of(recording)],
    }


def _pulse_as_json(pulse: PulseRecord, t0: float) -> dict[str, Any]:
    """Instants in s since the start of the run."""
    intent = pulse.intent
    instants = {
        "planned_open_s": intent.planned_open,
        "planned_close_s": intent.planned_close,
        "commanded_open_s": pulse.commanded_open,
        "commanded_close_s": pulse.commanded_close,
        "acknowledged_open_s": pulse.acknowledged_open,
        "acknowledged_close_s": pulse.acknowledged_close,
    }
    return {
        "number": intent.number, "source": intent.source, "step": intent.step, "cycle": intent.cycle,
        **{name: number(instant - t0) for name, instant in instants.items()},
        "baseline_Pa": number(pulse.baseline), "peak_Pa": number(pulse.peak), "area_Pa_s": number(pulse.area),
        "verdict": pulse.verdict.value,
    }  # fmt: skip


def pulses_of(recording: Recording) -> list[PulseRecord]:
    """The pulses that are not under way; one that was refused or withdrawn has no instants."""
    return [pulse for pulse in recording.pulses() if isinstance(pulse, PulseRecord)]
