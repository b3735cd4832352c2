"""What the bare substrate saw before it was covered: from the record's pressure, valves, flow and leak check."""

import math
from collections.abc import Sequence

import numpy as np

from vapordep.analysis.bare_exposure import BareExposure, Course, bare_exposure
from vapordep.app.verdict.doses import Read
from vapordep.history.recordings.recording import Samples
from vapordep.lazy import dataclass
from vapordep.model.batches import Flags, Floats
from vapordep.model.events import Event
from vapordep.model.reactor import Reactor
from vapordep.safety.monitors.grown import CLOSED, FILM

STEP = 1.0
"""The course is looked at in steps of so many s."""
FLOWS = 0.5
"""A valve or a state above that is open, or true."""
LEAST_FLOW = 1e-7
"""Less than this, in mol/s, is a controller's zero (0.13 sccm)."""


@dataclass(frozen=True, slots=True)
class Bare:
    """The exposure of the substrate from the start to `covered` (s on the clock), None when it never was."""

    substrate: str
    seen: BareExposure
    leak: float
    """What was taken for the leak, in Pa m3/s: the check's, or what it could not have seen; NaN without a check."""
    covered: float | None


def bare(
    substrate: str, reactor: Reactor, read: Read, events: Sequence[Event], start: float, end: float
) -> Bare | None:
    """What it saw; None where nothing watches for its cover or the pressure was never read. Instants in s.

    It is covered by a verified dose, or by a polymer that is thick enough.
    """
    ends = (read(f"{substrate}.covered"), FLOWS), (read(FILM), CLOSED)
    pressure = read("chamber.pressure")
    if pressure is None or not any(told for told, _ in ends):
        return None
    first = [float(told.times[place]) for told, least in ends if told and (place := _first(told.values >= least)) >= 0]
    covered = min(first, default=None)
    until = end if covered is None else covered
    times = np.arange(start, until, STEP)
    speed = _speed(reactor, read, times)
    flowing = np.zeros(len(times), dtype=bool)
    for name in reactor.lines:
        flowing |= _at(read(f"{name}.flow"), times, 0.0) > LEAST_FLOW
    leak = _leak(events)
    course = Course(times, _at(pressure, times, math.nan), speed, flowing)
    return Bare(substrate, bare_exposure(course, leak, reactor.chamber.volume, reactor.impurities), leak, covered)


def _first(flags: Flags) -> int:
    """The place of the first that is true, -1 where none is."""
    return int(np.argmax(flags)) if flags.any() else -1


def _speed(reactor: Reactor, read: Read, times: Floats) -> Floats:
    """The pumping speed in m3/s; through the soft valve a tenth where nobody measured it."""
    full = reactor.chamber.pumping_speed
    main = np.where(_at(read(reactor.pump.valve), times, 0.0) > FLOWS, full, 0.0)
    if not reactor.pump.soft_valve:
        return main
    soft = reactor.pump.soft_speed or full / 10.0
    return np.maximum(main, np.where(_at(read(reactor.pump.soft_valve), times, 0.0) > FLOWS, soft, 0.0))


def _leak(events: Sequence[Event]) -> float:
    """Of the last check, at least what its gauge could not have seen."""
    found = [event.data for event in events if "leak_Pa_m3_s" in event.data]
    if not found:
        return math.nan
    leak, limit = (found[-1].get(key) for key in ("leak_Pa_m3_s", "detection_limit_Pa_m3_s"))
    return max(float(leak or 0.0), float(limit or 0.0))


def _at(samples: Samples | None, times: Floats, before: float) -> Floats:
    """The last value shown at each instant; `before` where none was."""
    if samples is None or not len(samples.times):
        return np.full(len(times), before)
    places = np.searchsorted(samples.times, times, side="right") - 1
    return np.where(places >= 0, samples.values[np.maximum(places, 0)], before)
