"""Retracing: the film that earlier dry runs left, from their recorded pulses, for a plant that starts with it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from vapordep.app.foretold.expected import LONGEST_WAIT, Forecast, forecast
from vapordep.history.recordings.recording import Recording
from vapordep.model.events import Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.reactor import Reactor

ALIKE = 0.5
"""Temperatures, in K, that differ by less are those of before."""
FLOWS_ALIKE = 0.02
"""And flows by less than this part, or by less than LEAST."""
LEAST = 1e-8
"""mol/s, a hundredth of a sccm."""


LASTS = 60.0
"""s. A killed process leaves no samples of its last instants, but the commands before each dose."""
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


class Given(NamedTuple):
    """One dose: its source, the instant in s of its opening, and its width in s."""

    source: str
    at: float
    width: float


def retrace(recordings: Sequence[Recording], reactor: Reactor, substrate: str) -> Any:
    """The film after these runs, as `Plant.initial` takes it: every dose again, at the temperatures of its time.

    Doses that nobody knows to be given whole count as planned. SimulationError when no plant is installed.
    """
    plant = forecast(reactor, substrate)
    plant.settle({}, {})
    for recording in recordings:
        _again(recording, plant, reactor)
    return plant.film


def _again(recording: Recording, plant: Forecast, reactor: Reactor) -> None:
    doses = sorted(_doses(recording), key=lambda dose: dose.at)
    if not doses:
        return
    instants = [dose.at for dose in doses]
    zones = {zone: _at(recording, f"{zone}.temperature", f"{zone}.setpoint", instants) for zone in reactor.zones}
    lines = {line: _at(recording, f"{line}.flow", f"{line}.flow_setpoint", instants) for line in reactor.lines}
    ends = [*(later.at for later in doses[1:]), doses[-1].at + doses[-1].width + LONGEST_WAIT]
    setting: tuple[Mapping[str, float], Mapping[str, float]] | None = None
    for index, (dose, end) in enumerate(zip(doses, ends, strict=True)):
        now = _known(zones, index), _known(lines, index)
        if setting is None or not _alike(setting, now):
            setting = now
            plant.settle(*setting)
        plant.dose(dose.source, dose.width)
        plant.wait(min(max(end - dose.at - dose.width, 1e-3), LONGEST_WAIT))


def _doses(recording: Recording) -> Iterator[Given]:
    """What was dosed, also what is only planned in the record of a killed process, but for what came last there."""
    pulses = recording.pulses()
    for pulse, later in pairwise((*pulses, None)):
        assert pulse is not None  # noqa: S101 - for the type checker
        intent = pulse.intent
        if isinstance(pulse, PulseRecord) and pulse.width == pulse.width:
            yield Given(intent.source, pulse.commanded_open, pulse.width)
        elif not isinstance(pulse, PulseRecord) and later is not None:
            yield Given(intent.source, intent.planned_open, intent.planned_close - intent.planned_open)


def _at(recording: Recording, tag: str, setpoint: str, instants: Sequence[float]) -> Floats:
    """What a tag showed at each instant, or was commanded to where no sample lasted so long; NaN: nobody knows."""
    values = np.full(len(instants), np.nan)
    for event in recording.events():
        if event.kind is Kind.COMMAND and event.data.get("tag") == setpoint:
            values[np.asarray(instants) >= event.time] = float(event.data.get("value") or 0.0)
    if tag not in recording.tags():
        return values
    found = recording.samples(tag)
    good = np.isfinite(found.values)
    if good.any():
        shown = np.interp(instants, found.times[good], found.values[good])
        seen = np.asarray(instants) <= found.times[good][-1] + LASTS
        values = np.where(seen | np.isnan(values), shown, values)
    return values


def _known(values: Mapping[str, Floats], index: int) -> dict[str, float]:
    return {name: float(each[index]) for name, each in values.items() if np.isfinite(each[index])}


def _alike(
    before: tuple[Mapping[str, float], Mapping[str, float]], now: tuple[Mapping[str, float], Mapping[str, float]]
) -> bool:
    (zones, lines), (zones_now, lines_now) = before, now
    if zones.keys() != zones_now.keys() or lines.keys() != lines_now.keys():
        return False
    steady = all(abs(zones_now[zone] - kelvin) < ALIKE for zone, kelvin in zones.items())
    return steady and all(
        abs(lines_now[name] - flow) <= FLOWS_ALIKE * abs(flow) + LEAST for name, flow in lines.items()
    )
