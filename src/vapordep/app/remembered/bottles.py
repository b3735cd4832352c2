"""Bottles as they stand: a reactor whose sources hold what is left of them, and what a run took."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vapordep.chemistry import substance
from vapordep.history.bottles import file_of, shelf, use
from vapordep.model.batches import Floats
from vapordep.model.bottles import Bottle
from vapordep.model.hand_valves import HandValve, Shown
from vapordep.model.pulses import PulseRecord, Verdict
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunHeader
from vapordep.model.sources import SourceLine
from vapordep.recipe import Finding, Severity
from vapordep.recipe.foretold.exposure import given, saturated
from vapordep.safety.vapour import needle_conductance, vapour_ratio
from vapordep.units import GAS_CONSTANT

if TYPE_CHECKING:  # who only checks a recipe does not wait for the history's tables
    from vapordep.history.catalogue.catalogue import CataloguedRun
    from vapordep.history.recordings.recording import Recording


def stocked(reactor: Reactor, history: Path) -> Reactor:
    """The reactor with what is left in those of its bottles that are on record. Raises HistoryError."""
    known = shelf(history, reactor.name)
    return replace(
        reactor, sources={name: _stocked(source, known.at(name)) for name, source in reactor.sources.items()}
    )


def doubts(reactor: Reactor, history: Path) -> Iterator[Finding]:
    """Lines of the record that are not whole, and so do not count."""
    for number in shelf(history, reactor.name).damaged:
        what = "a line of the bottles' record is not as it was written and does not count: more may have been taken"
        remedy = "weigh the bottles with `vapordep bottles weigh`"
        yield Finding("R-BOTTLE", what, f"{file_of(history, reactor.name)}:{number}", remedy, Severity.WARNING)


def _stocked(source: SourceLine, bottle: Bottle | None) -> SourceLine:
    if bottle is None:
        return source
    molar_mass = substance(source.substance).molar_mass
    return replace(source, content=bottle.left(molar_mass), bottle=bottle.called, taken=bottle.used)


def after(reactor: Reactor, runs: "Sequence[CataloguedRun]") -> Reactor:
    """The simulated reactor whose bottles lack what these dry runs took out of them."""
    taken: dict[str, float] = {}
    for run in runs:
        for name, amount in (run.outcome.get("precursor_use_mol") or {}).items():
            taken[name] = taken.get(name, 0.0) + (amount or 0.0)
    sources = {name: _less(source, taken.get(name, 0.0)) for name, source in reactor.sources.items()}
    return replace(reactor, sources=sources)


def _less(source: SourceLine, taken: float) -> SourceLine:
    if source.content is None:
        return source
    return replace(source, content=max(source.content - taken, 0.0), taken=source.taken + taken)


def enter_use(history: Path, header: RunHeader, reactor: Reactor) -> None:
    """Enters what a run on a real reactor took from its bottles; nothing of a dry run. Raises HistoryError."""
    if header.mode is not Mode.RUN or not shelf(history, reactor.name).bottles:
        return
    from vapordep.history.queries import History

    with History(history).open_recording(header.run_id) as recording:
        use(history, reactor.name, header.run_id, used(recording, reactor))


def enter_test_pulse(history: Path, reactor: Reactor, found: HandValve, latest: Mapping[str, float]) -> None:
    """Enters what a test pulse took from a bottle, by `latest`, what the tags read; nothing where no vapour came.

    Raises HistoryError.
    """
    if found.shown is Shown.NO_RISE:
        return

    def read(tag: str, otherwise: float) -> float:
        value = latest.get(tag, otherwise)
        return value if isfinite(value) else otherwise

    if isfinite(found.baseline):
        latest = {**latest, reactor.chamber.gauges[0]: found.baseline}
    taken = given(reactor.sources[found.source], reactor, read, found.width)
    use(history, reactor.name, f"test pulse of {found.source}, {found.at}", {found.source: taken})


def used(recording: "Recording", reactor: Reactor) -> Mapping[str, float]:
    """What a run on a real reactor took from each bottle, in mol, as far as its readings tell.

    A pulse by its closed form, from the bottle's temperature and the pressure before it; what a flow controller let
    through by its reading; a needle by its proven conductance, while its valve was open.
    """
    found: dict[str, float] = {}
    for pulse in recording.pulses():
        if isinstance(pulse, PulseRecord) and pulse.width == pulse.width:
            name = pulse.intent.source
            found[name] = found.get(name, 0.0) + _pulse(pulse, recording, reactor)
    for name, source in reactor.sources.items():
        if source.steady:
            found[name] = _steady(source, recording, reactor)
    return {name: amount for name, amount in found.items() if amount > 0.0}


def _pulse(pulse: PulseRecord, recording: "Recording", reactor: Reactor) -> float:
    def read(tag: str, otherwise: float) -> float:
        return _at(recording, tag, pulse.commanded_open, otherwise)

    shut_off = pulse.verdict is Verdict.ISOLATED
    return given(reactor.sources[pulse.intent.source], reactor, read, pulse.width, isolated=shut_off)


def _steady(source: SourceLine, recording: "Recording", reactor: Reactor) -> float:
    times, is_open = _samples(recording, source.valve)
    if len(times) < 2:
        return 0.0
    if source.metered:
        at, flows = _samples(recording, f"{source.name}.flow")
        if not len(at):
            return 0.0
        flow = np.maximum(np.interp(times, at, flows), 0.0)
    elif source.bubbler:
        at, flows = _samples(recording, f"{source.through}.flow")
        warm, kelvins = _samples(recording, f"{source.zone}.temperature")
        bottle = np.interp(times, warm, kelvins) if len(warm) else np.full(len(times), source.temperature)
        ratios = np.array([vapour_ratio(source, kelvin) for kelvin in bottle.tolist()])
        flow = np.interp(times, at, flows) * ratios if len(at) else np.zeros(len(times))
    else:
        pressure = saturated(source, source.temperature) or 0.0
        driving = max(pressure - source.against, 0.0) or pressure
        flow = np.full(len(times), needle_conductance(source) * driving / (GAS_CONSTANT * source.temperature))
        if source.motor:
            at, places = _samples(recording, source.motor.position)
            flow *= np.interp(times, at, places) if len(at) else source.motor.at
    return float(np.sum(np.diff(times) * (flow * (is_open > 0.5))[:-1]))


def _at(recording: "Recording", tag: str, instant: float, otherwise: float) -> float:
    times, values = _samples(recording, tag)
    return float(np.interp(instant, times, values)) if len(times) else otherwise


def _samples(recording: "Recording", tag: str) -> tuple[Floats, Floats]:
    """The samples of a tag that are numbers; none of one that was never recorded."""
    if tag not in recording.tags():
        return np.empty(0), np.empty(0)
    found = recording.samples(tag)
    good = np.isfinite(found.values)
    return found.times[good], found.values[good]
