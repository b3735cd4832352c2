"""The safe state: every output driven to its safe value, whatever fails on the way, and a report of how it went.

Lines work in parallel. On one line source valves come first, then heaters, then the rest; an instrument that does not
answer must not keep the others waiting, so its outputs move to the end. Each output is tried twice and read back;
those that fail are tried on, and a line that is lost is opened again in between, while the other lines are long done.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from vapordep.devices import Device, Doubt, Line
from vapordep.devices.recording import take
from vapordep.errors import InstrumentError, LineLost, VapordepError
from vapordep.model.events import Event, Kind
from vapordep.safety.outputs.deadlines import SAFE_WITHIN, Deadline
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.readback import check
from vapordep.safety.outputs.uninterrupted import uninterrupted
from vapordep.safety.outputs.wires import Wire

TRIES = 2
"""Every output that fails is tried at least so often."""
T_SAFE = 3.0
"""Outputs that fail are tried until so long after the start, in s: what a board takes to take up its line again."""
AGAIN_AFTER = 0.1
"""The rest between two tries on one line, in s: short beside T_SAFE, and no flood for a bus that others use as well."""

Target = tuple[str, float]
"""An output by its tag, and its safe value in SI."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one output went to its safe value (SI); `error` says why it is not known to be there."""

    tag: str
    value: float
    error: str = ""
    lost: bool = False
    """Whether its line was gone at the last try."""

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


async def make_safe(gate: Gate, reason: str, *, hurry: bool = True) -> SafeReport:
    """Drives every output to its safe value, tries all whatever fails, and records afterwards.

    What fails is tried until T_SAFE after the start. It runs to its end even when the caller is cancelled. Safe to call
    again, also while it is under way. Without `hurry` polls go on in between, so that no value goes stale, until
    anything fails.
    """
    return await uninterrupted(_make_safe(gate, reason, hurry))


async def try_again(gate: Gate, report: SafeReport) -> SafeReport:
    """One more try of the outputs that failed; the report with what became of them, recorded when any has changed."""
    return await uninterrupted(_try_again(gate, report))


async def _make_safe(gate: Gate, reason: str, hurry: bool) -> SafeReport:
    give_up = gate.clock.now() + T_SAFE
    with gate.safing(reason, hurry=hurry):
        targets = _targets(gate)
        outcomes = await _driven(gate, targets, give_up)
    report = SafeReport(reason, tuple(outcomes[tag] for tag, _ in targets))
    _record(gate, report, "safe state")
    return report


async def _try_again(gate: Gate, before: SafeReport) -> SafeReport:
    left = {outcome.tag for outcome in before.failed}
    with gate.safing(before.reason):
        targets = [target for target in _targets(gate) if target[0] in left]
        outcomes = await _driven(gate, targets, gate.clock.now())
    report = SafeReport(before.reason, tuple(outcomes.get(outcome.tag, outcome) for outcome in before.outcomes))
    if len(report.failed) < len(before.failed):
        _record(gate, report, "safe state, tried on")
    return report


def _targets(gate: Gate) -> list[Target]:
    now = gate.clock.now()
    return gate.targets.all(gate.foresee(now, now), now)


async def _driven(gate: Gate, targets: Sequence[Target], give_up: float) -> dict[str, Outcome]:
    """All lines at once, none waits for another; what fails until the instant `give_up` (s)."""
    lines: dict[Line, list[Target]] = {}
    for tag, value in targets:
        lines.setdefault(gate.wires[tag].device.line, []).append((tag, value))
    work = (_one_line(gate, line, group, give_up) for line, group in lines.items())
    return {outcome.tag: outcome for found in await asyncio.gather(*work) for outcome in found.values()}


async def _one_line(gate: Gate, line: Line, targets: Sequence[Target], give_up: float) -> dict[str, Outcome]:
    """Rounds over the outputs of one line, each for those that are not yet where they should be.

    What was lost is connected again, within the transport's own deadline. Who answers is not asked first: a valve must
    not stay open for so long, and what is written does no harm.
    """
    outcomes: dict[str, Outcome] = {}
    left, tries, epoch = list(targets), 0, line.epoch
    while left and (tries < TRIES or gate.clock.now() < give_up):
        try:
            if tries >= TRIES:
                await gate.clock.sleep(AGAIN_AFTER)
            if any(outcome.lost for outcome in outcomes.values()):
                await line.reopen(epoch)
            epoch = line.epoch
            outcomes |= await _in_turn(gate, line, left)
        except Exception as error:  # whatever a transport or a fault of the program raises: the outputs' report says it
            outcomes |= _all_failed(left, error)
        left = [(tag, value) for tag, value in left if not outcomes[tag].ok]
        tries += 1
    return outcomes


async def _in_turn(gate: Gate, line: Line, targets: Sequence[Target]) -> dict[str, Outcome]:
    """One round. A trip and the end of the run that it aborts drive the safe state both: side by side both are late."""
    turn = gate.hurry.turns[line]
    waited = turn.lock.locked()
    async with turn.lock:
        turn.again = waited and turn.safe
        outcomes = await _one_round(gate, targets)
        turn.safe = all(outcome.ok for outcome in outcomes.values())
    return outcomes


async def _one_round(gate: Gate, targets: Sequence[Target]) -> dict[str, Outcome]:
    """Writes all, then reads all back."""
    outcomes: dict[str, Outcome] = {}
    silent: set[Device] = set()
    postponed: list[Target] = []
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
        with take(f"write {tag}"):
            await gate.write_safe(tag, value)
    except Exception as error:  # whatever one driver raises, the other outputs still must go
        device = gate.wires[tag].device
        silent.add(device)
        gate.hurry.hasten(device.line)
        return _failed(tag, value, error)
    return Outcome(tag, value)


async def _verified(gate: Gate, device: Device, written: Sequence[Outcome]) -> dict[str, Outcome]:
    """What the outputs of one instrument read back as; those that no poll holds are believed."""
    wires, began = [gate.wires[outcome.tag] for outcome in written], gate.clock.now()
    try:
        async with Deadline(SAFE_WITHIN, device.name):
            with take(f"read {device.name}"):
                channels = [wire.channel for wire in wires]
                readings = await gate.read_back.read(device, channels, urgent=gate.hurry.on(device.line))
    except Exception as error:  # an instrument that cannot be read must not keep the others from being read
        gate.hurry.hasten(device.line)
        return _all_failed([(outcome.tag, outcome.value) for outcome in written], error)
    return {o.tag: _judged(gate, w, o, readings.get(w.channel), began) for o, w in zip(written, wires, strict=True)}


def _failed(tag: str, value: float, error: Exception) -> Outcome:
    told = error.told if isinstance(error, VapordepError) else repr(error)
    return Outcome(tag, value, told, isinstance(error, LineLost))


def _all_failed(targets: Sequence[Target], error: Exception) -> dict[str, Outcome]:
    return {tag: _failed(tag, value, error) for tag, value in targets}


def _judged(gate: Gate, wire: Wire, outcome: Outcome, reading: float | Doubt | None, written: float) -> Outcome:
    if reading is None:
        return outcome
    try:
        shown = check(wire.output, wire.tag, outcome.value, reading)
    except InstrumentError as error:
        return Outcome(outcome.tag, outcome.value, error.told)
    gate.obeying.seen(wire, shown, written)
    return outcome


def _record(gate: Gate, report: SafeReport, what: str) -> None:
    now = gate.clock.now()
    safe, failed = len(report.outcomes) - len(report.failed), len(report.failed)
    reached = (
        f"{safe} outputs at their safe values, {failed} not" if failed else f"all {safe} outputs at their safe values"
    )
    text = f"{what}: {report.reason} – {reached}"
    gate.log(Event(now, Kind.COMMAND, text, {"reason": report.reason, "safe": safe, "failed": failed}))
    for outcome in report.outcomes:
        if outcome.ok:
            gate.commanded.to(outcome.tag, outcome.value, now)
            gate.output_alarms.reached(outcome.tag, now)
        else:
            gate.commanded.forget((outcome.tag,))
            gate.output_alarms.failed(outcome.tag, now, outcome.error)
