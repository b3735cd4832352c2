"""The tape: the bytes of the safe state, as recorded while it was driven, for a process that knows no driver.

Plain data, as `vapordep.guardian` plays it: of each line how it is opened, its quiet gap and resync bytes, then step by
step what is sent, which replies will do, how long one may take and how often it is tried. There are no branches. An
output whose safe value depends on a state has the steps of both variants, each under `if`; a state that an instrument
tells is asked for first, one that monitors derive is told by the engine with every sign of life. The variant that does
not apply while the tape is made, as for a line that is hot just then, is foretold, for it must not be tried out.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import isclose
from typing import Any

from vapordep.devices import Channel, Device, Line
from vapordep.devices.foretelling import foretold
from vapordep.devices.patterns import Act, changed_to, content
from vapordep.devices.recording import Exchange, LineRecording, recording, take
from vapordep.devices.signals import Setpoint
from vapordep.devices.transports.resource import address
from vapordep.errors import InstrumentError, NotArmed, VapordepError
from vapordep.model.instruments import Cell
from vapordep.model.reactor import Reactor
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.wires import Wire
from vapordep.safety.safe_state.safe_state import T_SAFE
from vapordep.safety.safe_state.tape_steps import Script, Step, question, steps
from vapordep.units import Dimension

CONNECTING = 0.05
"""What opening a line takes, in s, where that works."""
REMEDY = "see docs/how-to/run-unattended.md: lines that can be taken over, an instrument's `watchdog`, signed `waivers`"
Tape = dict[str, Any]
States = Mapping[str, bool]
Wanted = Mapping[Channel, Any]
"""How outputs should read, in their instrument's unit."""


class TapeMaker:
    """Makes the tape of one reactor from what was recorded while its safe state was driven."""

    def __init__(self, reactor: Reactor, gate: Gate, recorded: LineRecording) -> None:
        self.reactor = reactor
        self.gate = gate
        self.recorded = recorded.takes
        self._findings: list[str] = []
        self._remedies: dict[str, None] = {}
        self._steps: dict[Line, list[Step]] = {}
        self._commands: dict[tuple[Device, Channel, float], Sequence[bytes]] = {}
        """What brings an output to a safe value, in its instrument's unit, where the protocol tells commands apart."""
        self._now = gate.clock.now()
        self._latest = gate.foresee(self._now, self._now)

    async def make(self) -> Tape:
        """The tape; raises NotArmed with every output that it cannot cover, and for a line that takes too long."""
        wires = list(self._covered())
        devices = {wire.device.name: wire.device for wire in wires}
        states = {state for wire in wires for state in wire.output.safe.depends_on}
        for cell in [cell for cell, tag in self.reactor.wiring.items() if tag in states]:
            await self._gather(self._input, cell)
        for wire in wires:
            await self._gather(self._write, wire)
        for device in devices.values():
            await self._gather(self._read_back, device, [wire for wire in wires if wire.device is device])
        for line, found in self._steps.items():
            self._findings += _too_long(line, found)
        if self._findings:
            remedy = "; ".join(self._remedies) or REMEDY
            raise NotArmed(
                f"not armed: the tape cannot be made: {'; '.join(dict.fromkeys(self._findings))}", remedy=remedy
            )
        return {"tape": 1, "reactor": self.reactor.name, "lines": [self._line(line) for line in self._steps]}

    async def _gather(self, work: Callable[..., Awaitable[None]], *given: Any) -> None:
        """Keeps what cannot be covered, so that everything is told at once."""
        await self.gate.clock.sleep(0.0)  # so that polls and interlocks come in between
        try:
            await work(*given)
        except VapordepError as error:
            self._findings.append(error.told)
            if isinstance(error, InstrumentError) and error.remedy:
                self._remedies[error.remedy] = None

    def _covered(self) -> Iterator[Wire]:
        """The outputs that the safe state drives, in its order, on lines that can be taken; the others are findings."""
        waived = {waiver.output for waiver in self.reactor.waivers}
        for output in self.gate.targets.outputs:
            wire = self.gate.wires[output.tag]
            if output.safe.leave:
                continue
            if self._address(wire.device.line):
                yield wire
            elif output.tag not in waived and self.reactor.instruments[output.cell.instrument].watchdog is None:
                where = wire.device.line.where
                self._findings.append(f"{output.tag} is on {where}, a line that no other process can take over")

    def _address(self, line: Line) -> Mapping[str, Any]:
        """How the line is opened, by the first instrument on it; nothing where the guardian cannot."""
        first = next(item for item in self.reactor.instruments.values() if item.line == line.where)
        return address(first.line, first.options)

    def _line(self, line: Line) -> dict[str, Any]:
        framings = [device.framing for device in self.gate.devices.values() if device.line is line]
        return {
            "where": line.where,
            **self._address(line),
            "quiet": max(framing.quiet_gap for framing in framings),
            "resync": framings[0].resync().hex(),
            "steps": [step.data for step in self._steps[line]],
        }

    # --- writes --------------------------------------------------------------------------------------------------

    async def _write(self, wire: Wire) -> None:
        """What brings one output to its safe value, or to either of both that it may have."""
        safe = wire.output.safe
        recorded = self.recorded.get(f"write {wire.output.tag}", ())
        for value in dict.fromkeys((safe.value, safe.otherwise) if safe.depends_on else (safe.value,)):
            if value is None:
                continue
            script = await self._writing(wire, recorded, value)
            self._commands[wire.device, wire.channel, wire.in_unit(value)] = script.commands
            found = await steps(script, wire.output.tag)
            for states in _cases(safe.depends_on):
                if value == _safe_value(wire, states):
                    self._add(wire.device.line, found, states)

    async def _writing(self, wire: Wire, recorded: Sequence[Exchange], value: float) -> Script:
        """The script that brings one output to `value` (SI): the recorded one, or the other of two variants.

        A driver that asked first and then wrote nothing, since the value stood there, leaves nothing to play.
        """
        script = _script(wire, recorded, value)
        if not recorded or not await content(script):
            script = _script(wire, await self._foretold(wire, recorded, value), value)
        if not await content(script):
            raise NotArmed(f"{wire.output.tag} was not made safe in a way that can be repeated")
        other = next(each for each in (wire.output.high, wire.output.low) if each != value)
        if await content(script.judged_by(_writes(wire, other))):
            raise NotArmed(f"nothing was sent that brings {wire.output.tag} to its safe value")
        return script

    async def _foretold(self, wire: Wire, recorded: Sequence[Exchange], value: float) -> tuple[Exchange, ...]:
        """The other of two variants, which must not be tried out.

        One frame is answered as the recorded one was, if there is any; else the protocol says what would be answered.
        """
        signal = wire.device.signals[wire.channel.name]
        if len(recorded) != 1 or not isinstance(signal, Setpoint) or signal.encode is None:
            return await self._foreseen(wire, value)
        before, frame = recorded[0], wire.device.frame(wire.channel, wire.in_unit(value))
        reply = frame.payload if before.reply == before.payload else before.reply
        sent = before.framing.encode(frame.payload)
        return (Exchange(before.line, before.framing, frame.payload, sent, reply, before.within, before.took),)

    async def _foreseen(self, wire: Wire, value: float) -> tuple[Exchange, ...]:
        try:
            return await foretold(wire.device, _writes(wire, value))
        except VapordepError as error:
            what = f"what brings {wire.output.tag} to its other safe value cannot be foretold: {error.told}"
            raise NotArmed(f"{what}; arm while it stands there") from error

    # --- readings ------------------------------------------------------------------------------------------------

    async def _read_back(self, device: Device, wires: Sequence[Wire]) -> None:
        """What reads back the outputs of one instrument, for each combination of the states that they depend on.

        Those that no poll holds are believed.
        """
        channels = [wire.channel for wire in wires]
        exchanges, shown = await self._asked(device, channels)
        readable = [wire for wire in wires if wire.channel in shown]
        standing = {wire.channel: shown[wire.channel] for wire in readable}
        replies = tuple(exchange.reply for exchange in exchanges)
        for states in _cases(state for wire in readable for state in wire.output.safe.depends_on):
            if wanted := self._wanted(readable, states, standing):
                script = Script(device, exchanges, replies, self._shows(standing))
                script = await self._shifted(script, standing, wanted)
                self._add(device.line, await steps(script, device.name), states)

    async def _shifted(self, script: Script, standing: Wanted, wanted: Wanted) -> Script:
        """The same reading when the outputs stand where they are `wanted`, one after the other."""
        moved = dict(standing)
        for channel, value in wanted.items():
            if moved[channel] != value:
                moved[channel] = value
                what = f"{script.device.name}.{channel} at {value}"
                told = script.judged_by(self._shows(moved))
                obeyed = told.after(self._commands.get((script.device, channel, value), ()))
                script = obeyed if await content(obeyed) else await _made_content(told, what)
        return script.judged_by(self._shows(wanted))

    def _wanted(self, wires: Sequence[Wire], states: Mapping[str, bool], standing: Wanted) -> dict[Channel, Any]:
        """How the outputs read when they stand where they belong in these states.

        Missing are those that are left alone, and a setpoint that was left alone just now where the protocol does not
        tell how another one reads.
        """
        found: dict[Channel, Any] = {}
        for wire in wires:
            value = _safe_value(wire, states)
            if value is None:
                continue
            if value == self._target(wire):
                found[wire.channel] = standing[wire.channel]
                continue
            reads = wire.in_unit(value)
            told = self._commands.get((wire.device, wire.channel, reads))
            if told or wire.output.unit.dimension is Dimension.STATE:
                found[wire.channel] = reads
        return found

    def _target(self, wire: Wire) -> float | None:
        """Where the output was driven while it was recorded, SI."""
        return self.gate.targets.target(wire.output, self._latest, self._now)

    def _shows(self, wanted: Wanted) -> Act:
        """Exactly as it read when it was made safe: a setpoint that reads otherwise was set otherwise."""

        async def act(device: Device) -> None:
            readings = await self.gate.read_back.read(device, list(wanted), urgent=True)
            if not all(_same(readings.get(channel), value) for channel, value in wanted.items()):
                raise NotArmed("another reading")

        return act

    async def _input(self, cell: Cell) -> None:
        """The question that tells a state, and how it is answered while that is true and while it is not.

        On a line that cannot be taken it is not asked: what the engine told last must do.
        """
        device = self.gate.devices[cell.instrument]
        if not self._address(device.line):
            return
        channel, tag = Channel(cell.signal, cell.index), self.reactor.wiring[cell]
        exchanges, _ = await self._asked(device, [channel])
        replies = tuple(exchange.reply for exchange in exchanges)
        told = [
            await _made_content(Script(device, exchanges, replies, self._tells(channel, truth)), f"{tag} told")
            for truth in (1.0, 0.0)
        ]
        self._add(device.line, [await question(told[0], told[1], tag)], {})

    def _tells(self, channel: Channel, wanted: float) -> Act:
        async def act(device: Device) -> None:
            readings = await self.gate.read_back.read(device, [channel], urgent=True)
            if readings[channel] != wanted:  # a doubtful one is no number
                raise NotArmed("another reading")

        return act

    async def _asked(
        self, device: Device, channels: Sequence[Channel]
    ) -> tuple[tuple[Exchange, ...], Mapping[Channel, Any]]:
        """One reading, recorded; once more, since a poll may have cut short the one at arming, and it does no harm."""
        if not self.gate.read_back.knows(device, channels):  # else polls that do not hold them would be on the tape
            await self.gate.read_back.read(device, channels, urgent=True)
        with recording() as recorded, take("reading"):
            shown = await self.gate.read_back.read(device, channels, urgent=True)
        return recorded.takes["reading"], shown

    def _add(self, line: Line, found: Sequence[Step], states: States) -> None:
        self._steps.setdefault(line, []).extend(step.under(states) for step in found)


def _cases(names: Iterable[str]) -> list[dict[str, bool]]:
    """Every combination of the states; of none there is one."""
    distinct = sorted(set(names))
    return [dict(zip(distinct, truths, strict=True)) for truths in product((True, False), repeat=len(distinct))]


def _safe_value(wire: Wire, states: States) -> float | None:
    safe = wire.output.safe
    return safe.value if all(states[name] for name in safe.depends_on) else safe.otherwise


def _same(reading: Any, wanted: Any) -> bool:
    """Finer than any instrument tells, but 0 degC by way of degF is no exact zero."""
    doubtful = not isinstance(reading, float) or not isinstance(wanted, float)
    return bool(reading == wanted) if doubtful else isclose(reading, wanted, rel_tol=1e-9, abs_tol=1e-9)


def _script(wire: Wire, exchanges: Sequence[Exchange], value: float) -> Script:
    return Script(wire.device, tuple(exchanges), tuple(e.reply for e in exchanges), _writes(wire, value))


def _writes(wire: Wire, value: float) -> Act:
    async def act(device: Device) -> None:
        await device.write(wire.channel, wire.in_unit(value), insist=True)

    return act


async def _made_content(script: Script, what: str) -> Script:
    """The script itself, or with the one bit or digit changed that makes its driver content."""
    if await content(script):
        return script
    found = await changed_to(script)
    if found is None:
        raise NotArmed(f"how {what} otherwise looks cannot be foretold")
    return found


def _too_long(line: Line, found: Sequence[Step]) -> list[str]:
    """Each exchange as long as it took when it was recorded, and one of them unanswered at first."""
    cases = _cases(name for step in found for name in step.data["if"])
    lasts = max(sum(step.lasts for step in found if step.applies(states)) for states in cases)
    total = CONNECTING + lasts + max(step.data["within"] for step in found)
    if total <= T_SAFE:
        return []
    return [f"the exchanges on {line.where} take {total:.1f} s, more than {T_SAFE:g} s"]
