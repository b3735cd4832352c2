"""The safe state: every output driven to its safe value, whatever fails on the way, and a report of how it went.

Lines work in parallel. On one line source valves come first, then heaters, then the rest; an instrument that does not
answer must not keep the others waiting, so its outputs move to the end. Each output is tried twice and read back.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from vapordep.devices import Device, Doubt
from vapordep.errors import InstrumentError
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.safety.alarms import alarm_of_output, event_of
from vapordep.safety.gate import SAFE_WITHIN, Gate, Wire, deadline
from vapordep.safety.readback import check
from vapordep.safety.uninterrupted import uninterrupted

TRIES = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one output went to its safe value (SI); `error` says why it is not known to be there."""

    tag: str
    value: float
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was seen there, or believed where no poll holds it."""
        return not self.error


@dataclass(frozen=True, slots=True)
class SafeReport:
    """How the safe state was reached; outputs that are left as they are do not appear."""

    reason: str
    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """Whether every output is where it should be."""
        return not self.failed

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outputs not known to be at their safe value."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)


async def make_safe(gate: Gate, reason: str) -> SafeReport:
    """Drives every output to its safe value, tries all whatever fails, and records afterwards.

    It runs to its end even when the caller is cancelled. Safe to call again, also while it is under way.
    """
    return await uninterrupted(_make_safe(gate, reason))


async def _make_safe(gate: Gate, reason: str) -> SafeReport:
    with gate.safing(reason):
        now = gate.clock.now()
        targets = gate.targets.all(gate.foresee(now, now), now)
        lines: dict[int, list[tuple[str, float]]] = {}
        for tag, value in targets:
            lines.setdefault(id(gate.wires[tag].device.line), []).append((tag, value))
        found = await asyncio.gather(*(_one_line(gate, group) for group in lines.values()))
    outcomes = {outcome.tag: outcome for group in found for outcome in group}
    report = SafeReport(reason, tuple(outcomes[tag] for tag, _ in targets))
    _record(gate, report)
    return report


async def _one_line(gate: Gate, targets: Sequence[tuple[str, float]]) -> list[Outcome]:
    """Two rounds over the outputs of one line; the second only for those that are not where they should be."""
    outcomes: dict[str, Outcome] = {}
    left = list(targets)
    for _ in range(TRIES):
        outcomes |= await _one_round(gate, left)
        left = [(tag, value) for tag, value in left if not outcomes[tag].ok]
    return list(outcomes.values())


async def _one_round(gate: Gate, targets: Sequence[tuple[str, float]]) -> dict[str, Outcome]:
    """Writes all, then reads all back."""
    outcomes: dict[str, Outcome] = {}
    silent: set[Device] = set()
    postponed: list[tuple[str, float]] = []
    for tag, value in targets:
        if gate.wires[tag].device in silent:
            postponed.append((tag, value))
        else:
            outcomes[tag] = await _written(gate, tag, value, silent)
    for tag, value in postponed:
        outcomes[tag] = await _written(gate, tag, value, silent)
    written = [outcome for outcome in outcomes.values() if outcome.ok]
    for device in dict.fromkeys(gate.wires[outcome.tag].device for outcome in written):
        outcomes |= await _verified(gate, device, [o for o in written if gate.wires[o.tag].device is device])
    return outcomes


async def _written(gate: Gate, tag: str, value: float, silent: set[Device]) -> Outcome:
    try:
        await gate.write_safe(tag, value)
    except Exception as error:  # whatever one driver raises, the other outputs still must go
        silent.add(gate.wires[tag].device)
        return Outcome(tag, value, str(error) or repr(error))
    return Outcome(tag, value)


async def _verified(gate: Gate, device: Device, written: Sequence[Outcome]) -> dict[str, Outcome]:
    """What the outputs of one instrument read back as; those that no poll holds are believed."""
    wires = [gate.wires[outcome.tag] for outcome in written]
    try:
        async with deadline(SAFE_WITHIN, device.name):
            readings = await gate.read_back.read(device, [wire.channel for wire in wires])
    except Exception as error:  # an instrument that cannot be read must not keep the others from being read
        return {outcome.tag: Outcome(outcome.tag, outcome.value, str(error) or repr(error)) for outcome in written}
    return {o.tag: _judged(gate, w, o, readings.get(w.channel)) for o, w in zip(written, wires, strict=True)}


def _judged(gate: Gate, wire: Wire, outcome: Outcome, reading: float | Doubt | None) -> Outcome:
    if reading is None:
        return outcome
    try:
        value, quality = check(wire.output, wire.tag, outcome.value, reading)
    except InstrumentError as error:
        return Outcome(outcome.tag, outcome.value, str(error))
    gate.publish([Batch.one(outcome.tag, gate.clock.now(), value, quality)])
    return outcome


def _record(gate: Gate, report: SafeReport) -> None:
    now = gate.clock.now()
    safe, failed = len(report.outcomes) - len(report.failed), len(report.failed)
    text = f"safe state: {report.reason} – {safe} outputs at their safe values, {failed} not"
    gate.log(Event(now, Kind.COMMAND, text, {"reason": report.reason, "safe": safe, "failed": failed}))
    for outcome in report.failed:
        gate.log(event_of(alarm_of_output(outcome.tag, now, outcome.error), Kind.ALARM))
