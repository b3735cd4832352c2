"""The doses of a run: what they filled of the surface, how near their vapour came to condensing, the purges between."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from vapordep.chemistry import purge_gap
from vapordep.history.recordings.recording import Recording, Samples
from vapordep.lazy import dataclass
from vapordep.model.batches import Floats
from vapordep.model.pulses import PulseRecord, Verdict
from vapordep.model.reactor import Reactor
from vapordep.recipe.foretold.exposure import adsorption, residual_time, saturated
from vapordep.recipe.foretold.situation import surfaces
from vapordep.safety.monitors.valves import LATENCY
from vapordep.safety.substances import incompatible_with
from vapordep.safety.vapour import vapour_part

FOIL = "foil.temperature"
NAN = math.nan

Read = Callable[[str], Samples | None]
"""All samples of a tag; None when it has none."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """The worst of several pulses: the value, and the instant in s of that pulse."""

    value: float
    time: float


@dataclass(frozen=True, slots=True)
class Series:
    """All pulses of one source. Widths in s, pressures in Pa, areas in Pa s; NaN where not known."""

    source: str
    pulses: int
    weak: int
    late: int
    unseen: int
    refused: int
    width: float
    peak: float
    """Of the median pulse, above its baseline."""
    area: float
    """Of the median pulse; pulses into a chamber that was shut off from its pump are left out."""
    saturation: float
    """The part of the sites that the median pulse filled: 1 - exp(-k E), by its area on the gauge at the foil."""
    least_saturation: Extreme | None
    crowding: Extreme | None
    """The highest pressure of its vapour over saturation at the coldest surface, P/Psat."""

    @property
    def doubtful(self) -> int:
        """How many were weak, late, not seen by the gauge, or refused."""
        return self.weak + self.late + self.unseen + self.refused


@dataclass(frozen=True, slots=True)
class Purged:
    """The shortest purge between doses of two sources that must never meet, in s, at the instant `time` of the second.

    Below `refused` (9.2 residence times and the valves' latency) the dose would have been refused; below `doubted`
    (5 tp more) surfaces still give back the first substance.
    """

    first: str
    second: str
    shortest: float
    time: float
    refused: float
    doubted: float


def given(recording: Recording) -> list[PulseRecord]:
    """The pulses that opened their valve; one that was refused or withdrawn has no instants."""
    pulses = (pulse for pulse in recording.pulses() if isinstance(pulse, PulseRecord))
    return [pulse for pulse in pulses if math.isfinite(pulse.commanded_open)]


def series(pulses: Sequence[PulseRecord], reactor: Reactor, read: Read) -> tuple[Series, ...]:
    """The doses by source, in the order in which sources were first used."""
    temperatures = Temperatures(reactor, read)
    names = dict.fromkeys(pulse.intent.source for pulse in pulses)
    return tuple(_series(n, [p for p in pulses if p.intent.source == n], reactor, temperatures) for n in names)


def purges(pulses: Iterable[PulseRecord], reactor: Reactor, read: Read) -> tuple[Purged, ...]:
    """The shortest purge of each ordered pair of incompatible sources that followed each other."""
    shut: dict[str, float] = {}
    shortest: dict[tuple[str, str], tuple[float, float]] = {}
    for pulse in sorted(pulses, key=lambda pulse: pulse.commanded_open):
        source = pulse.intent.source
        for other in incompatible_with(reactor, source):
            if other in shut:
                gap = pulse.commanded_open - shut[other]
                shortest[other, source] = min(
                    shortest.get((other, source), (math.inf, 0.0)), (gap, pulse.commanded_open)
                )
        shut[source] = pulse.commanded_close
    temperatures = Temperatures(reactor, read)
    return tuple(_purged(*pair, *found, reactor, temperatures) for pair, found in shortest.items())


def _purged(first: str, second: str, gap: float, time: float, reactor: Reactor, temperatures: "Temperatures") -> Purged:
    coldest = float(temperatures.coldest(np.array([time]))[0])
    residual = residual_time(reactor.sources[first].substance, coldest) if math.isfinite(coldest) else 0.0
    rule = purge_gap(reactor.chamber.residence_time, residual)
    return Purged(first, second, gap, time, rule.block + LATENCY, rule.warn)


class Temperatures:
    """How hot foil and surfaces were at an instant, by the newest readings."""

    def __init__(self, reactor: Reactor, read: Read) -> None:
        self._foil = read(FOIL)
        self._surfaces = [read(f"{zone}.temperature") for zone in surfaces(reactor)]

    def foil(self, instants: Floats) -> Floats:
        """In K at each instant; NaN where nothing was read."""
        return _newest(self._foil, instants)

    def coldest(self, instants: Floats) -> Floats:
        """Of stage and walls in K; NaN where one of them was not read."""
        found: Floats = np.min([_newest(samples, instants) for samples in self._surfaces], axis=0)
        return found


def _newest(samples: Samples | None, instants: Floats) -> Floats:
    if samples is None or not len(samples.times):
        return np.full(len(instants), NAN)
    places = np.searchsorted(samples.times, instants, side="right") - 1
    return np.where(places < 0, NAN, samples.values[np.maximum(places, 0)])


def _series(name: str, pulses: Sequence[PulseRecord], reactor: Reactor, temperatures: Temperatures) -> Series:
    source = reactor.sources[name]
    opened = np.array([pulse.commanded_open for pulse in pulses])
    areas = np.array([NAN if p.verdict is Verdict.ISOLATED else p.area for p in pulses])
    peaks = np.array([p.peak for p in pulses])
    constant = _each(lambda kelvin: adsorption(source.substance, kelvin), temperatures.foil(opened))
    part = vapour_part(source, source.temperature)
    filled = -np.expm1(-constant * part * np.maximum(areas, 0.0))
    crowding = part * peaks / _each(lambda kelvin: saturated(source, kelvin), temperatures.coldest(opened))
    return Series(
        name,
        len(pulses),
        _count(pulses, Verdict.WEAK),
        _count(pulses, Verdict.LATE),
        _count(pulses, Verdict.UNSEEN),
        _count(pulses, Verdict.REFUSED),
        _median(np.array([pulse.intent.planned_close - pulse.intent.planned_open for pulse in pulses])),
        _median(peaks),
        _median(areas),
        _median(filled),
        _extreme(filled, opened, lowest=True),
        _extreme(crowding, opened, lowest=False),
    )


def _count(pulses: Sequence[PulseRecord], kind: Verdict) -> int:
    return sum(pulse.verdict is kind for pulse in pulses)


def _each(law: Callable[[float], float | None], temperatures: Floats) -> Floats:
    """A law at each temperature, asked once for those that are alike; NaN where it has no value."""
    known: Mapping[float, float | None] = {
        kelvin: law(kelvin) for kelvin in set(temperatures[np.isfinite(temperatures)].tolist())
    }
    return np.array([NAN if (value := known.get(kelvin)) is None else value for kelvin in temperatures.tolist()])


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else NAN


def _extreme(values: Floats, instants: Floats, *, lowest: bool) -> Extreme | None:
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return None
    place = known[np.argmin(values[known]) if lowest else np.argmax(values[known])]
    return Extreme(float(values[place]), float(instants[place]))
