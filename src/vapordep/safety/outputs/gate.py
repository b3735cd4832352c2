"""The gate: the one place that lets a command reach an instrument, and sees that it was obeyed."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from vapordep.clock import Clock
from vapordep.devices import Device, Edges
from vapordep.errors import CommandRefused
from vapordep.model.batches import Batch
from vapordep.model.commands import Command, Pulse, Source
from vapordep.model.events import Event, Kind, Value
from vapordep.model.outputs import Output
from vapordep.model.tags import Quality, Tag
from vapordep.safety.alarms.alarms import OutputAlarms
from vapordep.safety.conditions import Latest, Truth, shown, usable_value
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.outputs.commanded import Commanded
from vapordep.safety.outputs.deadlines import SAFE_WITHIN, Deadline
from vapordep.safety.outputs.hurry import Hurry
from vapordep.safety.outputs.obeying import Obeying
from vapordep.safety.outputs.permit import Circumstances, Denial, Permit, is_harmless, permit
from vapordep.safety.outputs.pulses import OPEN, play
from vapordep.safety.outputs.readback import ReadBack
from vapordep.safety.outputs.reflex import Reflex
from vapordep.safety.outputs.refusals import event_of, refusal, told
from vapordep.safety.outputs.revocable import Revocable
from vapordep.safety.outputs.targets import Roles, Targets
from vapordep.safety.outputs.uninterrupted import uninterrupted
from vapordep.safety.outputs.wires import Wire, disturbed, wire_of

WITHIN = 2.0
"""How long an ordinary command may take, in s, read-back included."""
LEAD = 0.15
"""A pulse is permitted this long before its edge, in s: the line then keeps itself free. A trip still revokes it."""


@dataclass
class Pending:
    """A pulse that is permitted but has not opened yet."""

    command: Command
    at: float
    block: Revocable


class Gate:
    """Permits, writes, reads back, publishes and logs; one for all outputs of a reactor."""

    def __init__(
        self,
        outputs: Mapping[str, Output],
        devices: Mapping[str, Device],
        clock: Clock,
        tags: Mapping[str, Tag],
        interlocks: Interlocks,
        foresee: Callable[[float, float], Latest],
        publish: Callable[[Sequence[Batch]], None],
        log: Callable[[Event], None],
        output_alarms: OutputAlarms,
        roles: Roles,
    ) -> None:
        """`foresee(at, now)` gives the newest samples as they will be at an instant (s) if nothing arrives before."""
        self.clock = clock
        self.devices = devices
        self.armed = False
        self.interlocks = interlocks
        self.foresee = foresee
        self.publish = publish
        self.log = log
        self.roles = roles
        self.targets = Targets(outputs.values(), tags, self.roles)
        self.wires = {tag: wire_of(output, tags[tag], devices, self.roles) for tag, output in outputs.items()}
        self.commanded = Commanded(outputs, disturbed(self.wires))
        self.read_back = ReadBack()
        self.obeying = Obeying(clock, self.read_back, interlocks, publish)
        self.output_alarms = output_alarms
        self.hurry = Hurry()
        self._reflex = Reflex()
        self._safing: list[str] = []
        self._under_way: list[Revocable] = []
        self._pending: list[Pending] = []

    async def command(self, command: Command, *, unless_off: bool = False) -> None:
        """Brings one output to a value in SI, and returns when it reads back so.

        `unless_off` leaves one that is seen off as it is, without a row: somebody else may have had the same in mind.
        Raises CommandRefused (and logs it), Tripped when a trip cuts it short, and what the instrument raises:
        InstrumentRefused, ReadbackMismatch, NoReply, ProtocolError, LineLost.
        """
        wire = self._wire(command.tag)
        if wire.lock.locked():
            self._admit(command)
        async with wire.lock:
            if unless_off and self._is_off(wire):
                return
            # a trip may have come while another command had the output
            verdict = self._admit(command)
            self.commanded.forget((command.tag,))
            async with self._revocable(command, harmless=verdict.harmless):
                await self._obey(wire, command)
            self.commanded.to(command.tag, command.value, self.clock.now())
        self._carried_out(command)

    async def pulse(self, pulse: Pulse) -> Edges:
        """Opens one valve at an absolute instant for a while; the valve is shut afterwards, also when it is refused.

        Raises CommandRefused (and logs it), Tripped when a trip cuts it short, and what the instrument raises.
        """
        wire = self._wire(pulse.tag)
        command = Command(pulse.tag, OPEN, Source.RECIPE, pulse.reason)
        if not (math.isfinite(pulse.at) and 0.0 < pulse.width < math.inf):
            self._refuse(command, [Denial("RANGE", "a finite pulse", Truth.FALSE, f"{pulse.width} s at {pulse.at} s")])
        await self.clock.sleep_until(pulse.at - LEAD)
        async with wire.lock:
            try:
                self._admit(command, pulse.at)
            except CommandRefused as refused:
                await self._shut_refused(wire, refused)
                raise
            try:
                harmless = is_harmless(OPEN, self.circumstances(command.tag, self.clock.now()))
                async with self._revocable(command, harmless=harmless) as block:
                    with self._may_still_be_refused(command, pulse.at, block):
                        by_instrument = pulse.tag in self.roles.timed_by_instrument
                        edges = await play(wire, pulse, self.clock, self.read_back, by_instrument=by_instrument)
            except BaseException:
                self._doubt(wire, pulse)
                await uninterrupted(self._shut(wire))
                raise
            self.commanded.to(pulse.tag, wire.output.off, self.clock.now())
        self.publish([Batch.of(pulse.tag, (edges.commanded_open, edges.commanded_close), (OPEN, wire.output.off))])
        return edges

    async def turn_off(self, tag: str, why: str) -> bool:
        """Turns an output off unless it is seen off, and says `why`; False when that cannot be confirmed."""
        wire = self._wire(tag)
        async with wire.lock:
            return self._is_off(wire) or await self._take_back(wire, why)

    async def hold_on(self, tag: str, width: float) -> None:
        """Triggers a relay that its instrument lets go by itself after `width` s; only while armed and not making safe.

        Raises what the instrument raises.
        """
        wire = self._wire(tag)
        async with wire.lock:
            self.commanded.forget((tag,))
            if self.armed and not self._safing:
                await wire.device.pulse(wire.channel, width)

    @property
    def expectant(self) -> bool:
        """Whether a pulse is permitted that has not opened yet: until then every sample counts."""
        return bool(self._pending)

    def recheck(self) -> None:
        """Judges pulses that have not opened yet once more; to be called when samples came."""
        for pending in self._pending:
            if self.clock.now() < pending.at:
                verdict = self._judge(pending.command, pending.at)
                if not verdict.allowed:
                    pending.block.revoke(told(verdict.reasons))

    def revoke(self, reason: str, tags: frozenset[str] | None = None) -> None:
        """Cuts short what is under way on the outputs `tags`, or on all; not what only makes them safe."""
        for block in self._under_way:
            if tags is None or block.tag in tags:
                block.revoke(reason)

    def arm(self) -> None:
        """From now on outputs may leave their safe values, and what trips finds the first commands back made."""
        self._reflex.prepare(self.targets, self.wires)
        self.armed = True

    def react(self) -> None:
        """At once, before anything is told: the first safe command of each line that is free.

        For what trips; whoever calls it drives the safe state next, which waits for the replies.
        """
        if self.armed and not self._safing:
            self.commanded.forget_all()
            self._reflex.act()

    @contextmanager
    def safing(self, reason: str, *, hurry: bool = True) -> Iterator[None]:
        """While the safe state is driven, nothing else goes, and what is under way ends."""
        self._safing.append(reason)
        self.hurry.begin(hurry=hurry)
        self.revoke(reason)
        try:
            yield
        finally:
            self._safing.remove(reason)
            if not self._safing:
                self.hurry.end()
                self._reflex.forget()

    def is_settled(self, tag: str) -> bool:
        """Whether no command to an output is under way."""
        return not self._safing and not self.wires[tag].lock.locked()

    async def write_safe(self, tag: str, value: float) -> None:
        """One try to write a safe value (SI), in a hurry before all readings; raises what its driver does, NoReply."""
        wire, sent = self.wires[tag], self._reflex.take(tag)
        line = wire.device.line
        urgent = self.hurry.on(line)
        async with Deadline(SAFE_WITHIN, tag):
            if sent is None:
                await wire.device.write(wire.channel, wire.in_unit(value), urgent=urgent, insist=True)
            else:
                async with line.claimed(urgent=urgent):
                    await line.obeyed(sent, urgent=urgent)

    # --- permits -------------------------------------------------------------------------------------------------

    def circumstances(self, tag: str, at: float) -> Circumstances:
        """All that decides now about a command to `tag` that is to act at the instant `at` (s)."""
        wire, now = self._wire(tag), self.clock.now()
        guards = self.interlocks.guards(tag, max(at, now))
        latest = self.foresee(max(at, now), now) if guards or wire.output.safe.depends_on else {}
        return Circumstances(
            output=wire.output,
            tag=wire.tag,
            safe=self.targets.target(wire.output, latest, now),
            now=now,
            latest=latest,
            armed=self.armed,
            safing="; ".join(self._safing),
            trips=self.interlocks.trips,
            guards=guards,
            doses=tag in self.roles.source_valves,
            heats=tag in self.roles.heaters,
            meets=self._opening_beside(tag),
        )

    def _opening_beside(self, tag: str) -> list[str]:
        """Valves of sources incompatible with that of `tag` which go open: the hub hears of it only afterwards."""
        if not self._under_way:
            return []
        apart = self.roles.incompatible.get(tag, frozenset())
        return list(dict.fromkeys(block.tag for block in self._under_way if block.tag in apart))

    def _judge(self, command: Command, at: float) -> Permit:
        return permit(command, self.circumstances(command.tag, at))

    def _admit(self, command: Command, at: float | None = None) -> Permit:
        """Raises CommandRefused, and logs it, unless the command may go at the instant `at`, else now."""
        verdict = self._judge(command, self.clock.now() if at is None else at)
        if not verdict.allowed:
            self._refuse(command, verdict.reasons)
        return verdict

    def _refuse(self, command: Command, reasons: Sequence[Denial]) -> NoReturn:
        refused = refusal(command, self.wires[command.tag].tag, reasons)
        self.log(event_of(command, refused, self.clock.now()))
        raise refused

    def _carried_out(self, command: Command) -> None:
        text = f"{command.tag} {shown(command.value, self.wires[command.tag].tag)}: {command.reason}"
        data: dict[str, Value] = {"tag": command.tag, "value": command.value, "source": command.source}
        self.log(Event(self.clock.now(), Kind.COMMAND, text, data))

    # --- what may be revoked -------------------------------------------------------------------------------------

    def _revocable(self, command: Command, *, harmless: bool) -> Revocable:
        return Revocable(command.tag, None if harmless else self._under_way)

    @contextmanager
    def _may_still_be_refused(self, command: Command, at: float, block: Revocable) -> Iterator[None]:
        pending = Pending(command, at, block)
        self._pending.append(pending)
        try:
            yield
        finally:
            self._pending.remove(pending)

    async def _obey(self, wire: Wire, command: Command) -> None:
        """Permitted is what is written when it is written, however long the line or a first try kept it waiting."""
        try:
            admit = partial(self._admit, command)
            await self.obeying.obey(wire, command.value, WITHIN, urgent=False, admit=admit)
        except CommandRefused as refused:
            if command.tag in self.roles.source_valves:
                await self._take_back(wire, refused.what)
            raise

    # --- what may stay open --------------------------------------------------------------------------------------

    def _doubt(self, wire: Wire, pulse: Pulse) -> None:
        """A pulse that did not end well may have opened the valve: whoever counts on it shut must know."""
        if self.clock.now() >= pulse.at:
            self.publish([Batch.one(pulse.tag, pulse.at, OPEN, Quality.UNCERTAIN)])

    async def _shut_refused(self, wire: Wire, refused: CommandRefused) -> None:
        """What may not be opened must not stay open by an earlier order: the pulse would have shut it as well."""
        if not self._is_off(wire):
            await self._take_back(wire, refused.what)

    def _is_off(self, wire: Wire) -> bool:
        now = self.clock.now()
        return usable_value(self.foresee(now, now), wire.tag, now) == wire.output.off

    async def _take_back(self, wire: Wire, why: str) -> bool:
        """Shuts what is open or may be; False when nobody can confirm it. While the safe state is driven that does."""
        if self._safing:
            return True
        shut = await uninterrupted(self._shut(wire))
        if shut:
            self._carried_out(Command(wire.output.tag, wire.output.off, Source.INTERLOCK, f"shut, since {why}"))
        return shut

    async def _shut(self, wire: Wire) -> bool:
        """Shuts a valve after a pulse that did not end well; says so, and is False, when that cannot be confirmed."""
        try:
            await self.obeying.obey(wire, wire.output.off, SAFE_WITHIN, urgent=True)
        except Exception as error:  # whatever a driver raises: the first error is on its way already
            now = self.clock.now()
            self.publish([Batch.one(wire.output.tag, now, math.nan, Quality.BAD)])
            self.output_alarms.failed(wire.output.tag, now, str(error) or repr(error))
            self.commanded.forget((wire.output.tag,))
            return False
        self.commanded.to(wire.output.tag, wire.output.off, self.clock.now())
        self.output_alarms.reached(wire.output.tag, self.clock.now())
        return True

    def _wire(self, tag: str) -> Wire:
        if tag not in self.wires:
            raise CommandRefused(f"no output is called {tag!r}", remedy=f"outputs: {', '.join(self.wires)}")
        return self.wires[tag]
