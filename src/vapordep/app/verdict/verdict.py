"""The verdict on a run, worked out of its recording and its frozen copy, and never stored."""

from collections.abc import Mapping
from dataclasses import field, replace

import numpy as np

from vapordep.app.foretold.expected import Expected, expect
from vapordep.app.plain import slabs_from
from vapordep.app.remembered.bottles import used
from vapordep.app.twin.film import NUCLEATION
from vapordep.app.verdict.bare import Bare, bare
from vapordep.app.verdict.composition import Profile, of_copolymer, profiles
from vapordep.app.verdict.course import Course
from vapordep.app.verdict.doses import Purged, Read, Series, given, purges, series
from vapordep.app.verdict.film import Layer, beside
from vapordep.app.verdict.frozen import Frozen, thaw
from vapordep.app.verdict.heat import Heat, heat
from vapordep.app.verdict.judge import Facts, Fitness, Reason, judge
from vapordep.app.verdict.rules import near
from vapordep.app.verdict.use import Use, actuations, precursor_use
from vapordep.errors import SimulationError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.recordings.recording import Recording, Samples
from vapordep.lazy import dataclass
from vapordep.model.film import Film
from vapordep.recipe import Finding
from vapordep.safety.interlocks.margins import Nearness


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """What is to be said of one run; instants in s on the clock of its recording, all else in SI."""

    run: CataloguedRun
    fitness: Fitness
    reasons: tuple[Reason, ...]
    course: Course
    heat: Heat
    rules: tuple[Nearness, ...]
    """The nearest first."""
    purges: tuple[Purged, ...]
    doses: tuple[Series, ...]
    layers: tuple[Layer, ...]
    use: tuple[Use, ...]
    actuations: Mapping[str, int]
    """Openings by valve."""
    findings: tuple[Finding, ...]
    """What the check says of the recipe."""
    profiles: tuple[Profile, ...] = ()
    """What a gradient is made of, by depth."""
    conversion: Mapping[str, float] = field(default_factory=dict)
    """The share of each polymer's groups that vapour has converted ..."""
    expected_conversion: Mapping[str, float] = field(default_factory=dict)
    """... and the one that the plan would give."""
    bare: Bare | None = None
    """What a substrate that everything attacks saw before it was covered; None of others."""


def verdict_on(recording: Recording, run: CataloguedRun) -> RunVerdict:
    """Judges a run by its recording and its frozen copy.

    Raises HistoryError when the recording is damaged, InputError when the frozen reactor cannot be read any more.
    """
    events = recording.events()
    course = Course.of(events, recording.t0)
    frozen = thaw(run.header, events)
    read = _reader(recording)
    pulses = given(recording)
    expected = _expected(frozen, run)
    if expected is not None:
        frozen = replace(frozen, findings=(*frozen.findings, *expected.findings))
    layers = beside(recording.film(), expected.film if expected else None)
    facts = Facts(
        run.state,
        run.reason,
        events,
        course,
        frozen,
        heat(frozen.substrate, read, course.start, course.end),
        tuple(sorted(near(frozen.rules, course, pulses, events, read), key=_distance)),
        purges(pulses, frozen.reactor, read),
        series(pulses, frozen.reactor, read),
        layers,
        precursor_use(run.outcome.get("precursor_use_mol") or used(recording, frozen.reactor), pulses, frozen.reactor),
    )
    fitness, reasons = judge(facts)
    return RunVerdict(
        run, fitness, reasons, course, facts.heat, facts.rules, facts.purges, facts.doses, facts.layers, facts.use,
        actuations(pulses, frozen.reactor, read), frozen.findings,
        profiles(layers) or of_copolymer(slabs_from(run.outcome.get("profile")), expected.profile if expected else ()),
        run.outcome.get("conversion") or {},
        expected.conversion if expected else {},
        _bare(frozen, read, facts),
    )  # fmt: skip


def _bare(frozen: Frozen, read: Read, facts: Facts) -> Bare | None:
    """Not of iCVD, which needs no cover, and whose vapour would count as base pressure."""
    if not frozen.substrate.hard or frozen.recipe is None or frozen.recipe.plan.process == "iCVD":
        return None
    course = facts.course
    return bare(frozen.substrate.name, frozen.reactor, read, facts.events, course.start, course.end)


def _reader(recording: Recording) -> Read:
    """All samples of a tag; None for one that was never recorded."""
    known = frozenset(recording.tags())

    def read(tag: str) -> Samples | None:
        return recording.samples(tag) if tag in known else None

    return read


def _expected(frozen: Frozen, run: CataloguedRun) -> Expected | None:
    """The film that the plan would give; None where no plant is installed, or the plan may not run.

    Of a run that goes on without the excess of the first cycles: how much of it came before, no plan tells.
    """
    if frozen.recipe is None or any(finding.refuses for finding in frozen.findings):
        return None
    try:
        expected = expect(frozen.recipe.plan, frozen.reactor)
    except SimulationError:
        return None
    goes_on = run.header.parent is not None
    layers = tuple(layer for layer in expected.film.layers if not (goes_on and layer.name == NUCLEATION))
    return replace(expected, film=Film(layers))


def _distance(rule: Nearness) -> float:
    """By what a rule is put in order: the part that was left."""
    if rule.patience_left is not None:
        return rule.patience_left
    return rule.closest[0].share if rule.closest else np.inf
