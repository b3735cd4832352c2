"""A verdict as plain data for `--json`: SI units, instants in s since the start, null for what is not known."""

from vapordep.app.foretold.check import finding_as_json
from vapordep.app.plain import number
from vapordep.app.verdict.bare import Bare
from vapordep.app.verdict.composition import Profile
from vapordep.app.verdict.course import Course
from vapordep.app.verdict.doses import Extreme, Purged, Series
from vapordep.app.verdict.film import Layer
from vapordep.app.verdict.heat import Heat
from vapordep.app.verdict.judge import near
from vapordep.app.verdict.use import Use
from vapordep.app.verdict.verdict import RunVerdict
from vapordep.safety.interlocks.margins import Closest, Lapse, Nearness

Plain = dict[str, object]


def as_json(verdict: RunVerdict) -> Plain:
    """All numbers of a verdict."""
    course = verdict.course
    return {
        "fitness": verdict.fitness.name.lower(),
        "reasons": [{"text": reason.text, "grave": reason.grave} for reason in verdict.reasons],
        "duration_s": course.length,
        "work_s": course.work(),
        "temperature": _heat(verdict.heat, course),
        "rules": [_rule(rule, course) for rule in verdict.rules],
        "purges": [_purge(purge, course) for purge in verdict.purges],
        "doses": [_dose(dose, course) for dose in verdict.doses],
        "film": [_layer(layer) for layer in verdict.layers],
        "composition": [_profile(profile) for profile in verdict.profiles],
        "conversion": dict(verdict.conversion),
        "expected_conversion": dict(verdict.expected_conversion),
        "precursor_use": [_use(use) for use in verdict.use],
        "bare": _bare(verdict.bare, course) if verdict.bare else None,
        "actuations": dict(verdict.actuations),
        "findings": [finding_as_json(finding) for finding in verdict.findings],
    }


def _bare(bare: Bare, course: Course) -> Plain:
    return {
        "substrate": bare.substrate,
        "covered_s": None if bare.covered is None else bare.covered - course.start,
        "duration_s": bare.seen.duration,
        "leak_Pa_m3_s": number(bare.leak),
        "by_leak_Pa_s": {gas: number(exposure) for gas, exposure in bare.seen.leak.items()},
        "by_carrier_Pa_s": dict(bare.seen.carrier),
        "base_pressure_Pa_s": bare.seen.base,
    }


def _heat(heat: Heat, course: Course) -> Plain:
    limits = {"warning": heat.warning, "trip": heat.trip, "melting_point": heat.melting_point}
    return {
        "substrate": heat.substrate,
        "foil_K": number(heat.foil),
        "foil_at_most_K": number(heat.foil_at_most),
        "time_s": number(heat.time - course.t0),
        **{f"{name}_K": number(limit) for name, limit in limits.items()},
        **{f"below_{name}_K": number(heat.below(limit)) for name, limit in limits.items()},
    }


def _rule(rule: Nearness, course: Course) -> Plain:
    return {
        "id": rule.rule.id,
        "action": rule.rule.action.value if rule.rule.trips else "refuse",
        "near": near(rule),
        "applied_s" if rule.rule.trips else "commands": rule.applied,
        "patience_left": rule.patience_left,
        "conditions": [_closest(closest, course) for closest in rule.closest],
        "not_true": _lapse(rule.false, course),
        "unknown": _lapse(rule.unknown, course),
        "unknown_s": rule.unknown_for,
    }


def _closest(closest: Closest, course: Course) -> Plain:
    return {
        "condition": closest.condition.text,
        "tag": closest.condition.tag.name,
        "value": closest.value,
        "limit": closest.limit,
        "left": closest.left,
        "share_left": number(closest.share),
        "time_s": closest.time - course.t0,
        "step": course.step_at(closest.time),
    }


def _lapse(lapse: Lapse | None, course: Course) -> Plain | None:
    if lapse is None:
        return None
    return {
        "condition": lapse.condition.text,
        "time_s": lapse.start - course.t0,
        "duration_s": lapse.duration,
        "samples": lapse.samples,
        "silent": lapse.silent,
        "step": course.step_at(lapse.start),
    }


def _purge(purge: Purged, course: Course) -> Plain:
    return {
        "first": purge.first,
        "second": purge.second,
        "shortest_s": purge.shortest,
        "time_s": purge.time - course.t0,
        "step": course.step_at(purge.time),
        "refused_below_s": purge.refused,
        "doubted_below_s": purge.doubted,
    }


def _dose(dose: Series, course: Course) -> Plain:
    return {
        "source": dose.source,
        "pulses": dose.pulses,
        "weak": dose.weak,
        "late": dose.late,
        "unseen": dose.unseen,
        "refused": dose.refused,
        "width_s": number(dose.width),
        "median_peak_Pa": number(dose.peak),
        "median_area_Pa_s": number(dose.area),
        "median_saturation": number(dose.saturation),
        "least_saturation": _extreme(dose.least_saturation, course),
        "highest_p_over_psat": _extreme(dose.crowding, course),
    }


def _extreme(extreme: Extreme | None, course: Course) -> Plain | None:
    if extreme is None:
        return None
    return {"value": extreme.value, "time_s": extreme.time - course.t0, "step": course.step_at(extreme.time)}


def _layer(layer: Layer) -> Plain:
    return {
        "name": layer.name,
        "cycles": layer.cycles,
        "thickness_m": number(layer.thickness),
        "growth_per_cycle_m": number(layer.growth_per_cycle),
        "mass_kg_m2": number(layer.mass),
        "expected_thickness_m": number(layer.expected_thickness),
        "expected_growth_per_cycle_m": number(layer.expected_growth_per_cycle),
    }


def _profile(profile: Profile) -> Plain:
    return {
        "metal" if profile.among == "cations" else "monomer": profile.part,
        f"share_of_{profile.among}": list(profile.shares),
        "depth_m": list(profile.given),
        "expected_depth_m": list(profile.expected),
        **({f"expected_share_of_{profile.among}": list(profile.expected_shares)} if profile.expected_shares else {}),
    }


def _use(use: Use) -> Plain:
    return {"source": use.source, "used_mol": number(use.used), "content_mol": use.content, "share": number(use.share)}
