"""The state of a run that ended before its plan, as data: what the person who decides has to know."""

from vapordep.app.plain import number
from vapordep.app.remembered.continuing import TakenUp, why_not
from vapordep.model.place import levels, written
from vapordep.model.run import Decision
from vapordep.recipe.resume.broken_off import BrokenOff, LastDose


def as_json(taken: TakenUp) -> dict[str, object]:
    """The state of a run that ended before its plan, in SI."""
    state, suffered = taken.state, taken.suffered
    return {
        "run_id": taken.run.run_id,
        "state": taken.run.state.value,
        "reason": taken.run.reason,
        "ended": taken.run.ended,
        "section": state.section.value,
        "place": written(state.place),
        "goes_on": goes_on(state),
        "complete": state.complete,
        "no_resume": state.no_resume or None,
        "layers": [{"name": x.name, "whole_cycles": x.whole, "planned_cycles": x.planned} for x in state.layers],
        "last_dose": _dose_as_json(state.last),
        "perhaps_given": _dose_as_json(state.perhaps),
        "checkpoints": list(state.checkpoints),
        "foil_max_K": number(suffered.foil),
        "under_vacuum_s": number(suffered.vacuum),
        "pressure_at_end_Pa": number(suffered.pressure),
        "unattended_s": number(suffered.unattended),
        "pressure_unattended_Pa": None,
        "remarks": list(taken.remarks),
        "choices": [choice.value for choice in taken.choices],
        "why_not": {choice.value: why_not(state, choice) for choice in Decision if choice not in taken.choices},
    }


def _dose_as_json(dose: LastDose | None) -> dict[str, str] | None:
    return None if dose is None else {"source": dose.source, "step": dose.step, "half": dose.half}


def goes_on(state: BrokenOff) -> str:
    """Where, in words."""
    if state.complete:
        return "nowhere: all steps are done"
    if not state.place:
        return "at the beginning"
    if state.no_resume:
        return f"nowhere: it broke off in a part that is not resumed ({state.no_resume})"
    *_, (block, steps, place) = levels(state.plan.steps, state.place)
    if block is None:
        return f"at step {place.step + 1}, {steps[place.step].label}"
    if place.cycle >= block.count:
        return f"after {block.name}"
    return f"with {block.name} {place.cycle + 1} of {block.count}, first half first"
