"""A verdict in words: its headline, its facts and its tables, the same in the terminal and on the page."""

import math
from collections.abc import Iterator

from vapordep.app.verdict.bare import Bare
from vapordep.app.verdict.composition import coarser
from vapordep.app.verdict.doses import Extreme
from vapordep.app.verdict.film import Layer
from vapordep.app.verdict.judge import Fitness, near, nearest, patience
from vapordep.app.verdict.use import Use
from vapordep.app.verdict.verdict import RunVerdict
from vapordep.app.verdict.words import left_shown, share_shown
from vapordep.app.words import clock_time, converted, nanometres, per_cycle
from vapordep.app.words import shown as si
from vapordep.lazy import dataclass
from vapordep.model.run import Mode
from vapordep.recipe import Severity
from vapordep.safety.conditions import shown as in_unit
from vapordep.safety.interlocks.margins import Nearness
from vapordep.units import Dimension, figures, from_si, langmuir, percent

D = Dimension
HEADLINES = {
    Mode.DRY_RUN: {fitness: fitness.value.upper() for fitness in Fitness},
    Mode.RUN: {
        Fitness.FIT: "IN ORDER",
        Fitness.DOUBTFUL: "IN ORDER, WITH DOUBTS",
        Fitness.UNFIT: "NOT IN ORDER",
    },
}
"""A dry run says whether the recipe is fit to run; of a run that took place it is too late for that."""
MOST_ROWS = 20
"""A composition in more slices is told in coarser ones; the page and `--json` have all."""
LEAST_USE = 1e-9
"""Of a source less than this, in mol, is what leaks through its shut valve, and not told."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings; the columns of headings that end in `>` stand to the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def headline(verdict: RunVerdict) -> tuple[str, str]:
    """What a scientist can act upon, and in short why."""
    word = HEADLINES[verdict.run.header.mode][verdict.fitness]
    if verdict.reasons:
        return word, verdict.reasons[0].text
    pulses = sum(dose.pulses for dose in verdict.doses if dose.least_saturation is not None)
    return word, f"{f'all {pulses} doses saturate the surface, ' if pulses else ''}no rule came near its limit"


def facts(verdict: RunVerdict) -> Iterator[tuple[str, str]]:
    """What it was and took, each with its name."""
    heat, course = verdict.heat, verdict.course
    limits = {"its warning": heat.warning, "the trip": heat.trip, "melting": heat.melting_point}
    below = ", ".join(
        f"{_distance(heat.below(limit))} {name} ({si(limit, D.TEMPERATURE)})" for name, limit in limits.items()
    )
    foil, most = si(heat.foil, D.TEMPERATURE), si(heat.foil_at_most, D.TEMPERATURE)
    yield "foil", f"{foil}, at most {most} with its uncertainty: {below}"
    if verdict.bare is not None:
        yield "while bare", exposed(verdict.bare, course.start)
    parts = ", ".join(f"{name} {clock_time(seconds)}" for name, seconds in course.work().items())
    yield "time", f"{clock_time(course.length)}{f': {parts}' if parts else ''}"
    if verdict.conversion:
        expected = f"; expected {converted(verdict.expected_conversion)}" if verdict.expected_conversion else ""
        yield "conversion", converted(verdict.conversion) + expected
    used = [use for use in verdict.use if use.used > LEAST_USE]
    if used:
        yield "precursor use", ", ".join(map(_used, used))
    if verdict.actuations:
        yield "valves opened", ", ".join(f"{name} {times} x" for name, times in verdict.actuations.items())


def exposed(bare: Bare, start: float) -> str:
    """What the bare substrate saw, in langmuir; all of it assumed at its worst where nobody measured it."""
    until = "never covered" if bare.covered is None else f"until {clock_time(bare.covered - start)}"
    seen = bare.seen
    gases = ", ".join(
        f"{gas} {_langmuir(leaked + seen.carrier[gas])} (leak {_langmuir(leaked)})" for gas, leaked in seen.leak.items()
    )
    doubt = "" if math.isfinite(bare.leak) else "no leak check was done; "
    return (
        f"{bare.substrate}, {until}, saw at most {gases}, and {_langmuir(seen.base)} of H2O if all of the base "
        f"pressure were water; {doubt}purity and humidity are assumed"
    )


def _used(use: Use) -> str:
    share = "" if math.isnan(use.share) else f" ({share_shown(use.share)} of a full bottle)"
    return f"{use.source} {si(use.used, D.AMOUNT)}{share}"


def _langmuir(exposure: float) -> str:
    return "unknown" if not math.isfinite(exposure) else f"{figures(from_si(exposure, langmuir), 2)} L"


def _distance(kelvin: float) -> str:
    shown_kelvin = si(abs(kelvin), D.TEMPERATURE_DIFFERENCE)
    return f"{shown_kelvin} {'below' if kelvin > 0.0 or math.isnan(kelvin) else 'ABOVE'}"


def film(verdict: RunVerdict) -> Table | None:
    """The layers, as they came out and as they were expected, and their sum."""
    layers = verdict.layers
    if not layers:
        return None
    rows = [_layer(layer) for layer in layers]
    total = (
        "all",
        nanometres(sum(layer.thickness for layer in layers)),
        nanometres(sum(layer.expected_thickness for layer in layers)),
        "", "", "", _mass(sum(layer.mass for layer in layers)),
    )  # fmt: skip
    headings = ("film", "thickness>", "expected>", "cycles>", "per cycle>", "expected>", "mass>")
    return Table(headings, (*rows, total))


def _layer(layer: Layer) -> tuple[str, ...]:
    return (
        layer.name,
        nanometres(layer.thickness),
        nanometres(layer.expected_thickness),
        str(layer.cycles or "-"),
        per_cycle(layer.growth_per_cycle),
        per_cycle(layer.expected_growth_per_cycle),
        _mass(layer.mass),
    )


def _mass(mass: float) -> str:
    return si(mass, D.MASS_PER_AREA) if mass else "-"


def composition(verdict: RunVerdict) -> Table | None:
    """Metals or monomers by depth, where their share changes."""
    found = tuple(coarser(profile, MOST_ROWS) for profile in verdict.profiles)
    if not found:
        return None
    first = found[0]
    beside = len(first.expected) == len(first.given)
    rows = tuple(
        (nanometres(first.given[place + 1]), *([nanometres(first.expected[place + 1])] if beside else []), *(
            f"{100.0 * profile.shares[place]:.0f} %" for profile in found
        ))
        for place in range(len(first.shares))
    )  # fmt: skip
    shares = (f"{profile.part} of {profile.among}>" for profile in found)
    return Table(("up to>", *(["expected>"] if beside else []), *shares), rows)


def doses(verdict: RunVerdict) -> Table | None:
    """The pulses of each source: what they gave and filled."""
    if not verdict.doses:
        return None
    rows = tuple(
        (
            dose.source,
            str(dose.pulses),
            str(dose.doubtful),
            si(dose.width, D.TIME),
            si(dose.peak, D.PRESSURE),
            si(dose.area, D.EXPOSURE),
            _part(dose.least_saturation),
            _number(dose.crowding),
        )
        for dose in verdict.doses
    )
    headings = ("dose", "pulses>", "doubtful>", "width>", "peak>", "area>", "least filled>", "most P/Psat>")
    return Table(headings, rows)


def purges(verdict: RunVerdict) -> Table | None:
    """The shortest purge of each pair that must never meet, beside its rules."""
    if not verdict.purges:
        return None
    rows = tuple(
        (
            f"{purge.first} to {purge.second}",
            *(si(time, D.TIME) for time in (purge.shortest, purge.refused, purge.doubted)),
            _short(verdict.course.step_at(purge.time)),
        )
        for purge in verdict.purges
    )
    return Table(("purge (C2)", "shortest>", "refused below>", "doubted below>", "in"), rows)


def rules(verdict: RunVerdict) -> Table:
    """How near each interlock came, the nearest first; pure yes-or-no permissives of doses stand with the purges."""
    told = [rule for rule in verdict.rules if rule.closest or rule.rule.trips]
    rows = tuple((f"{rule.rule.id}{' !' if near(rule) else ''}", *_rule(rule, verdict)) for rule in told)
    return Table(("rule", "must be true", "was", "left", "in"), rows)


def notes(verdict: RunVerdict) -> Iterator[str]:
    """What the check notes about the recipe beside its warnings."""
    for finding in verdict.findings:
        if finding.severity is Severity.NOTE:
            yield f"note {finding.code}: {finding.message}. Do: {finding.remedy}."


def _rule(rule: Nearness, verdict: RunVerdict) -> tuple[str, ...]:
    lapses = [lapse for lapse in (rule.false, rule.unknown) if lapse is not None]
    required = rule.interlock.require
    if lapses:
        worst = max(lapses, key=lambda lapse: lapse.duration)
        time = f"{worst.duration:.2g} s" if worst.duration < 100.0 else f"{worst.duration:.0f} s"  # never 1.4e+02 s
        was = f"{'untrue' if worst is rule.false else 'unknown'} {time}"
        left = f"{share_shown(max(rule.patience_left or 0.0, 0.0))} of {patience(rule)}"
        return worst.condition.text, was, left, _short(verdict.course.step_at(worst.start))
    if rule.closest:
        closest = nearest(rule) or rule.closest[0]
        left = f"{left_shown(closest)}, {share_shown(closest.share)}"
        value = in_unit(closest.value, closest.condition.tag)
        if closest.condition.tag.unit == percent:
            value = share_shown(closest.value)
        return closest.condition.text, value, left, _short(verdict.course.step_at(closest.time))
    if rule.applied == 0.0:
        return required[0].text, "never applied", "-", ""
    return required[0].text, "always", "-", ""


def _short(step: str) -> str:
    """`main 12 of 36` as `main 12`."""
    return step.partition(" of ")[0]


def _part(extreme: Extreme | None) -> str:
    return "-" if extreme is None else share_shown(extreme.value)


def _number(extreme: Extreme | None) -> str:
    return "-" if extreme is None else f"{extreme.value:.2g}"
