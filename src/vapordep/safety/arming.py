"""Arming: outputs may be driven only after every device answered, nothing stands in the way, and all is safe."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from vapordep.clock import Clock
from vapordep.devices import Device
from vapordep.devices.recording import LineRecording, recording
from vapordep.errors import InstrumentError, NotArmed
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action
from vapordep.safety.alarms.alarm_words import alarm_of
from vapordep.safety.alarms.alarms import Alarms
from vapordep.safety.alarms.silence import FindSilent
from vapordep.safety.interlocks.compiled import Trip
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.safe_state.safe_state import SafeReport, make_safe, try_again

LOOK = 10.0
"""Outputs that the safe state left on for a while are looked at this often, in s."""
FIRST_READINGS_WITHIN = 5.0
"""Arming waits so long for the first value of what was never read, in s: the program may have begun a moment ago."""
LISTEN = 0.1
"""It looks for them this often, in s."""
TRY_ON_FOR = 60.0
"""What could not be made safe is tried on for so long, in s: a board or a line that restarts is back within this, as
it was before, and what is not back by then needs a person at the reactor."""
TRY_ON_EVERY = 1.0
"""How often, in s; as often as a poller takes up a lost line."""


class Arming:
    """Armed or disarmed. A SAFE trip disarms; nothing is armed again by itself."""

    def __init__(
        self,
        gate: Gate,
        interlocks: Interlocks,
        devices: Mapping[str, Device],
        clock: Clock,
        silent_behind: FindSilent,
        alarms: Alarms,
    ) -> None:
        self.gate = gate
        self.alarms = alarms
        self.interlocks = interlocks
        self.devices = devices
        self.clock = clock
        self._began = clock.now()
        self._awake = asyncio.Event()
        """Set by a trip, and when outputs must be looked after."""
        self._silent_behind = silent_behind
        self._unanswered: list[Trip] = []
        self._left_on: list[str] = []
        """What did not go off as a hold wants: it is made safe, and all else with it."""
        self._disarmed_by: list[str] = []
        """Why it was disarmed since arming began, which takes a while: the later word counts."""
        self._untold: list[Event] = []
        """What waits for the answer to a trip: action first, then record."""
        self.hand_over: Callable[[LineRecording], Awaitable[None]] | None = None
        """Gives what another process needs to make safe; raises NotArmed. None where there is no such process."""
        self.released: Callable[[str], None] | None = None
        """Called when disarmed and every output was read back at its safe value."""
        self._warm: tuple[str, ...] = ()
        self._next_look: asyncio.TimerHandle | None = None
        self._not_safe: SafeReport | None = None
        """Of the latest disarming, if outputs failed: they are yet to be tried on."""
        self._trying_on: asyncio.Task[None] | None = None
        interlocks.standings.on_trip.append(self._on_trip)

    @property
    def armed(self) -> bool:
        """Whether outputs may leave their safe values."""
        return self.gate.armed

    async def arm(self) -> SafeReport | None:
        """Arms, and gives the report of the safe state it began with; None when it was armed already.

        Raises NotArmed with all that stands in the way: latched trips, devices that do not answer, interlocks that are
        not fulfilled just now, outputs that cannot be made safe, a disarming meanwhile.
        """
        if self.armed:
            return None
        self._disarmed_by = []
        self._refuse("latched trips stand", [_told(trip) for trip in self.interlocks.trips])
        self._refuse("an alarm waits for its answer", [f"{view.id}: {view.text}" for view in self.alarms.unknown])
        self._refuse("devices do not answer", await self._silent_devices())
        waited = await self._first_readings()
        violations = self.interlocks.standings.violations(self.clock.now())
        self._refuse(f"interlocks are not fulfilled{waited}", [_told(trip) for trip in violations])
        with recording() as recorded:
            report = await make_safe(self.gate, "arming", hurry=False)
        self._refuse("outputs cannot be made safe", [f"{o.tag}: {o.error}" for o in report.failed])
        if self.hand_over is not None:
            await self.hand_over(recorded)
        self._refuse("it was disarmed meanwhile", self._disarmed_by)
        self.gate.arm()
        self.interlocks.go_live(self.clock.now())
        self.gate.log(Event(self.clock.now(), Kind.COMMAND, "armed", {"armed": True}))
        return report

    async def disarm(self, reason: str = "disarming") -> SafeReport:
        """Drives the safe state; from now on nothing leaves it. The report tells what could not be reached."""
        was_armed, self.gate.armed = self.gate.armed, False
        self._disarmed_by = [reason]
        try:
            tripped = any(trip.rule.action is Action.SAFE for trip in self.interlocks.trips)
            report = await make_safe(self.gate, reason, hurry=tripped)
            self._release(report)
            self._look_after()
            if report.failed:
                self._not_safe = report
                self._awake.set()
            return report
        finally:
            self.interlocks.rest()
            if was_armed:
                self.gate.log(Event(self.clock.now(), Kind.COMMAND, f"disarmed: {reason}", {"armed": False}))

    async def make_safe(self, reason: str) -> SafeReport:
        """Drives every output to its safe value; armed stays armed."""
        return await make_safe(self.gate, reason)

    async def try_again(self, report: SafeReport) -> SafeReport:
        """One more try of the outputs that failed; the report with what became of them."""
        after = await try_again(self.gate, report)
        self._release(after)
        return after

    def _release(self, report: SafeReport) -> None:
        if report.ok and not self.armed and self.released is not None:
            self.released(report.reason)

    async def respond(self) -> None:
        """Answers trips for ever, as one task of the app: acts first, then records."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._awake.wait()
                    self._awake.clear()
                    await self._answer(group)
                    await self._turn_off_in_time()
                    self._begin_to_try_on(group)
        finally:
            self._tell()  # what tripped meanwhile

    async def _turn_off_in_time(self) -> None:
        """Drives the safe state anew once something that was left on is no longer needed; else looks again later."""
        if not self._warm or self.armed:
            return
        if self._warm != self._left_alone():
            await self.disarm(f"no longer needed: {', '.join(self._warm)}")
        else:
            if self._next_look is not None:
                self._next_look.cancel()
            self._next_look = asyncio.get_running_loop().call_later(LOOK, self._awake.set)

    def _left_alone(self) -> tuple[str, ...]:
        now = self.clock.now()
        return self.gate.targets.left(self.gate.foresee(now, now), now)

    def _look_after(self) -> None:
        """What the safe state leaves on for a while, such as a line that must not freeze, is turned off in time."""
        self._warm = self._left_alone()
        if self._warm:
            told = f"left as they are for as long as they are needed: {', '.join(self._warm)}"
            self.gate.log(Event(self.clock.now(), Kind.COMMAND, told, {"left": ", ".join(self._warm)}))
            self._awake.set()

    async def _answer(self, group: asyncio.TaskGroup) -> None:
        """What makes safe is waited for; what holds is not, for what makes safe may come meanwhile."""
        answered, self._unanswered = self._unanswered, []
        left, self._left_on = self._left_on, []
        try:
            if left or any(trip.rule.action is Action.SAFE for trip in answered):
                await self.disarm(", ".join([*(trip.id for trip in answered), *left]))
            elif held := [trip.id for trip in answered if trip.rule.action is Action.HOLD]:
                for tag in sorted(self.gate.roles.held_off):
                    group.create_task(self._turn_off(tag, f"{', '.join(held)} has tripped"))
        finally:
            self._tell()

    def _begin_to_try_on(self, group: asyncio.TaskGroup) -> None:
        """Beside all else, for trips that come meanwhile must not wait; there may be no run that does it."""
        if self._not_safe is not None:
            report = self._not_safe
            self.give_up()
            self._trying_on = group.create_task(self._try_on(report))

    async def _try_on(self, report: SafeReport) -> None:
        give_up = self.clock.now() + TRY_ON_FOR
        while report.failed and self.clock.now() < give_up:
            await self.clock.sleep(TRY_ON_EVERY)
            if self.armed:
                return
            report = await self.try_again(report)

    def give_up(self) -> None:
        """What could not be made safe is not tried any more, but for a try that is under way."""
        self._not_safe = None
        if self._trying_on is not None:
            self._trying_on.cancel()

    async def _turn_off(self, tag: str, why: str) -> None:
        """What doses or glows, whoever turned it on: a run that is held does so too, but there may be none."""
        if not await self.gate.turn_off(tag, why) and self.armed:
            self._left_on.append(f"{tag} did not go off, though {why}")
            self._awake.set()

    def _tell(self) -> None:
        untold, self._untold = self._untold, []
        for event in untold:
            self.gate.log(event)

    def take_turns(self) -> None:
        """What became of alarms since the last samples; to be called after every evaluation."""
        self.alarms.take(self._untold.append if self._untold else None)

    def _on_trip(self, trip: Trip) -> None:
        """At once, before anything is awaited: what is under way ends."""
        if trip.rule.action is Action.SAFE:
            self.gate.revoke(f"{trip.id} has tripped")
        elif trip.rule.action is Action.HOLD:
            self.gate.revoke(f"{trip.id} has tripped", self.gate.roles.source_valves)
        alarm = alarm_of(trip, self._silent_behind(trip, self.interlocks.latest))
        kind = Kind.ALARM if trip.rule.action is Action.WARN else Kind.TRIP
        self.alarms.raised(alarm, kind, self._untold.append)
        self._unanswered.append(trip)
        self._awake.set()

    async def _first_readings(self) -> str:
        """Waits as long as something stands in the way of which nothing was heard yet; tells so when in vain.

        What was handed over from before says too little: of a valve that was open once, when it was shut is not known.
        """
        give_up = self.clock.now() + FIRST_READINGS_WITHIN
        while self.interlocks.standings.unheard(self.clock.now(), self._began):
            if self.clock.now() >= give_up:
                return f", though it waited {FIRST_READINGS_WITHIN:g} s for first readings"
            await self.clock.sleep(LISTEN)
        return ""

    async def _silent_devices(self) -> list[str]:
        """Reads every device once, those of one line in turn; who it is and its units were asked when it connected.

        Asking that again here would keep the polls waiting until their values no longer count.
        """
        lines: dict[int, list[Device]] = {}
        for device in self.devices.values():
            lines.setdefault(id(device.line), []).append(device)
        found = await asyncio.gather(*(_silent(devices) for devices in lines.values()))
        return [told for group in found for told in group]

    def _refuse(self, what: str, findings: Sequence[str]) -> None:
        if findings:
            error = NotArmed(f"not armed: {what}: {'; '.join(findings)}", remedy="put it right and arm again")
            self.gate.log(Event(self.clock.now(), Kind.REFUSED, str(error), {"armed": False}))
            raise error


async def _silent(devices: Sequence[Device]) -> list[str]:
    findings = []
    for device in devices:
        try:
            await _heard(device)
        except Exception as error:  # every device is to be heard, and every refusal told at once
            findings.append(f"{device.name}: {error}")
    return findings


async def _heard(device: Device) -> None:
    """Reads it once; one spoilt frame is no silence."""
    for exchange in device.polls[:1]:
        try:
            await device.read(exchange)
        except InstrumentError:
            await device.read(exchange)


def _told(trip: Trip) -> str:
    return f"{trip.id}: {trip.measured}"
