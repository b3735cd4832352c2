"""The world of a walk: the safety core in front of scripted instruments, and what of it reaches the model."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.unit.safety.core_model import ICE, PATIENCE, SOURCES, Model
from tests.unit.safety.core_plant import CELLS, STUCK, WHOLE, WORST, Instrument, Oven
from tests.unit.safety.core_rows import Rows
from tests.unit.safety.rig import DRIVERS, REGISTERS, Boxed, Memory, instrument_tags
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, VirtualLoop
from vapordep.devices import Line
from vapordep.devices.hub import Hub
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.tags import Quality
from vapordep.safety.memory import Civil, recall, remember
from vapordep.safety.protection import Protection, Rules
from vapordep.units import to_si

STEP = 0.25
"""How often instruments are read, in s."""
BAD = int(Quality.BAD)


class World(RuleBasedStateMachine):
    """Everything goes through hub, gate and lines, as in a run."""

    @initialize(warm=st.sampled_from((20.0, 100.0, 145.0)), on=st.sampled_from(("lithium", "lithium", "silicon")))
    def begin(self, warm: float, on: str = "lithium") -> None:
        """On silicon, which nothing attacks, every source may be the first."""
        self.on = on
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop)
        self.boxes = {name: Instrument(name, dict.fromkeys(names, 0.0)) for name, names in REGISTERS.items()}
        for name, box in self.boxes.items():
            box.told = lambda register, value, name=name: self.written(name, register, value)  # type: ignore[misc]
        self.devices: dict[str, Boxed] = {
            name: kind(name, Line(Memory(self.clock, self.boxes), self.clock), {}) for name, kind in DRIVERS.items()
        }
        self.boxes["gauge"].registers["pressure"] = 97.0
        self.boxes["mfc"].registers.update(flow=20.0, flow_setpoint=20.0)
        self.boxes["valves"].registers["valve3"] = 1.0
        self.oven = Oven(self.boxes["heater"], ICE + warm)
        self.read_as: float | None = None
        self.silent: set[str] = set()
        self.quality = Quality.GOOD
        self.events: list[Event] = []
        self.kept = ""
        self.allowed: set[tuple[str, float]] = set()
        self.changed: list[str] = []
        self.unpermitted: list[str] = []
        self.by_hand = False
        self.failing = math.inf
        self.given_up = False
        self.scanned = 0.0
        self.rows = Rows()
        self.responding: asyncio.Future[None] | None = None
        self.model: Model | None = None
        self.do(self.start())
        self.arm()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)
        before = -1
        while before < len(self.rows.trips):  # the last look may have tripped what is yet to be answered
            before = len(self.rows.trips)
            self.loop.run_until_complete(self.settle())
        assert self.unpermitted == []
        assert self.model is not None
        self.rows.check(self.model.aside)

    async def start(self) -> None:
        """A safety core as the program puts it together anew."""
        rules = Rules(WHOLE, substrate(self.on), instrument_tags(WHOLE.wiring))
        self.hub = Hub(rules.tags, self.clock)
        self.protection = Protection(rules, self.devices, self.clock, self.hub, self.logged)
        self.protection.alarms.changed = self.protection.bypasses.changed = self.keep
        self.hub.listen(self.heard)
        self.protection.interlocks.standings.on_trip.append(self.rows.tripped)
        before = self.model
        self.model = None
        self.scan()
        if before is None:
            self.trip_at = self.hub.latest["substrate.trip"].value
        self.model = Model(self.trip_at, attacked=self.on == "lithium", now=self.clock.now())
        if before is not None:
            self.model.latched, self.model.acknowledged = before.latched, before.acknowledged
            self.model.aside, self.model.coated = before.aside, True  # what its history would tell is left open
            self.model.may = set(before.latched)
            for id in before.aside:
                self.rows.bypassed(id)
        for watched in self.model.watched.values():
            if watched.id in self.model.latched:
                watched.since = self.clock.now()
        if self.kept:
            civil = Civil(self.clock.now(), self.clock.civil_at(self.clock.now()))
            recall(self.kept, "rig", self.protection.alarms, self.protection.bypasses, civil, self.logged)
        self.responding = self.loop.create_task(self.protection.arming.respond())
        self.scan()

    def keep(self) -> None:
        civil = Civil(self.clock.now(), self.clock.civil_at(self.clock.now()))
        self.kept = remember("rig", self.protection.alarms, self.protection.bypasses, civil)

    # --- what reaches the model ----------------------------------------------------------------------------------

    def logged(self, event: Event) -> None:
        self.events.append(event)
        self.rows.logged(event)
        if self.model is not None and "armed" in event.data and event.kind is Kind.COMMAND:
            if event.data["armed"]:
                self.model.arm(event.time)
            else:
                self.model.disarm(event.time)

    def heard(self, batches: Sequence[Batch]) -> None:
        if self.model is None:
            return
        self.rows.heard(batches)
        found: defaultdict[float, dict[str, tuple[float, bool]]] = defaultdict(dict)
        for batch in batches:
            if batch.tag in PATIENCE:
                samples = zip(batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True)
                for at, value, quality in samples:
                    found[at][batch.tag] = value, quality != BAD
        for at in sorted(found):
            self.model.measured(at, found[at])

    def written(self, name: str, register: str, value: float) -> None:
        """Nothing is energised without a permit: what is no safe value was asked for, and the model agreed."""
        if name == "heater":
            self.oven.go(self.clock.now())
        tag, unit = CELLS[name, register]
        si = to_si(value, unit)
        assert self.model is not None
        calm = self.model.may_arrive(tag, si, self.clock.now())
        if self.boxes[name].registers[register] != value and self.boxes[name].can_move(register):
            self.changed.append(tag)
            self.rows.changed(tag, si, harmless=calm)
        if not calm and not self.may_be_driven(tag, si):  # told by `do`: who plays edges may keep an error to itself
            self.unpermitted.append(f"{tag} was driven to {value} without a permit")

    def may_be_driven(self, tag: str, value: float) -> bool:
        """Somebody wished it, and it may go at this very instant, however long it was on its way."""
        assert self.model is not None
        wished = any(tag == wish and math.isclose(value, wanted, rel_tol=1e-6) for wish, wanted in self.allowed)
        now = self.clock.now()
        may = self.model.may_go(tag, value, now, seen=min(now, self.scanned))
        return wished and may is not False and not self.model.decided and not (value and self.meets(tag))

    def meets(self, valve: str) -> bool:
        """Whether an incompatible valve truly stands open by an order; one turned by hand may be unseen yet."""
        others = () if valve not in SOURCES else SOURCES[1:] if valve == SOURCES[0] else SOURCES[:1]
        stands = self.boxes["valves"].registers
        return any(
            stands[f"valve{SOURCES.index(other)}"] and not (other == SOURCES[1] and self.by_hand) for other in others
        )

    # --- the world -----------------------------------------------------------------------------------------------

    def scan(self) -> None:
        """What the instruments show now, of those that say something."""
        now = self.scanned = self.clock.now()
        self.oven.go(now)
        self.boxes["heater"].registers["temperature"] = (
            self.oven.true - WORST - ICE if self.read_as is None else self.read_as
        )
        bad, batches = self.quality is Quality.BAD, []
        for (name, register), (tag, unit) in CELLS.items():
            if name not in self.silent and not self.boxes[name].mute:
                si = math.nan if bad else to_si(self.boxes[name].registers[register], unit)
                batches.append(Batch.one(tag, now, si, self.quality))
        self.hub.publish(batches)

    async def pass_time(self, duration: float) -> None:
        end = self.clock.now() + duration
        while self.clock.now() < end:
            await self.clock.sleep_until(min(end, self.clock.now() + STEP))
            self.scan()
            self.tick()
            await asyncio.sleep(0)

    def tick(self) -> None:
        self.hub.tick(self.clock.now())
        if self.model is not None:
            self.model.pass_time(self.clock.now())

    async def settle(self) -> None:
        """Until the safe state is reached or given up."""
        self.tick()
        await self.clock.sleep(0.05)
        while self.protection.gate.circumstances("TMA.valve", self.clock.now()).safing:
            await self.pass_time(STEP)
        self.tick()  # what was read back meanwhile let the core see who has fallen silent, and not the model

    def trouble(self, what: str, value: Any) -> None:
        if what in ("stuck", "refuses", "mute"):
            self.failing = min(self.failing, self.clock.now())
        if what == "pressure":
            self.boxes["gauge"].registers["pressure"] = value
        elif what == "flow":
            self.boxes["mfc"].registers["flow"] = value
        elif what == "thermocouple":
            self.read_as = value
        elif what == "silent":
            self.silent.add(value)
        elif what == "mute":
            self.boxes[value].mute = True
        elif what == "quality":
            self.quality = value
        elif what == "stuck":
            self.boxes["valves"].stuck.add(value)  # says that it obeys
        elif what == "refuses":
            self.boxes["valves" if value in STUCK else "mfc"].refuses.add(value)
        else:
            self.boxes["valves"].registers["valve1"] = value
            self.by_hand = value == 1.0

    def open_sources(self) -> list[str]:
        """Sources that truly stand open, and could be shut."""
        board = self.boxes["valves"]
        found = ((tag, f"valve{n}") for n, tag in enumerate(SOURCES))
        return [tag for tag, register in found if board.registers[register] and board.can_move(register)]

    def obeys(self, name: str) -> bool:
        """Whether each output of an instrument can be brought to its safe value."""
        box = self.boxes[name]
        return not (box.mute or box.refuses or any(box.registers[each] for each in box.stuck))
