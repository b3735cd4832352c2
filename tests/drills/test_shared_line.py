"""Drills on the line that the shipped reactor's heaters share: a mute controller keeps no other one from being off."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest

from vapordep.app.instruments import channels, instruments
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Poller, phases
from vapordep.model.batches import Batch
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor, tag_table
from vapordep.safety.protection import Protection, Rules
from vapordep.safety.safe_state.safe_state import make_safe
from vapordep.safety.substances import SAFE_WITHIN
from vapordep.simulation.faults import Faulty, Mute
from vapordep.units import degC, to_si

HEATERS = {"stage_heater": "stage", "wall_heater": "walls", "line_heater": "lines", "EG_heater": "EG"}


@cache
def shipped() -> Reactor:
    return read_reactor(Path(__file__).resolve().parents[2] / "reactors" / "glovebox_ald.yaml")


@dataclass
class Scene:
    """The shipped reactor, every instrument polled; one heater controller may be mute."""

    clock: VirtualClock
    protection: Protection
    safe_at: dict[str, float] = field(default_factory=dict)
    """When the gate itself first read back of each output what it stands at."""
    newest: dict[str, float] = field(default_factory=dict)
    oldest: dict[str, float] = field(default_factory=dict)
    """How old the newest sample of each tag became before the next one came, in s."""

    def gate_reads(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self.safe_at.setdefault(batch.tag, self.clock.now())

    def see(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            age = self.clock.now() - self.newest.get(batch.tag, self.clock.now())
            self.oldest[batch.tag] = max(self.oldest.get(batch.tag, 0.0), age)
            self.newest[batch.tag] = batch.last.time


@asynccontextmanager
async def scene(clock: VirtualClock, mute: str = "", deaf: bool = True) -> AsyncIterator[Scene]:
    """The heaters are told to heat; then one may fall silent."""
    reactor = shipped()
    made = simulated_reactor(reactor, "lithium", 1, hot=to_si(100.0, degC))
    faulty = {mute: Faulty(made.instruments[mute])} if mute else {}
    made = replace(made, instruments={**made.instruments, **faulty})
    clock.loop.world = made.world
    parts = instruments(reactor, clock, made.transports(clock))
    others = frozenset(f"{name}.covered" for name in reactor.substrates if name != "lithium")
    rules = Rules(reactor, substrate("lithium"), tag_table(reactor), lacking=others)
    hub = Hub(rules.tags, clock)
    protection = Protection(rules, parts.devices, clock, hub, lambda event: None)
    await parts.connect()
    for heater in HEATERS:
        await parts.devices[heater].write(parts.devices[heater].signals["setpoint"].channel, 50.0)
    offsets = phases(list(parts.devices.values()))
    pollers = [
        Poller(d, channels(reactor, d), hub.publish, clock, lambda *told: None, offset=offsets[d.name])
        for d in parts.devices.values()
    ]
    polling = [asyncio.ensure_future(poller.run()) for poller in pollers]
    for instrument in faulty.values():
        instrument.add(Mute(start=clock.now() + 2.0, deaf=deaf))
    at = Scene(clock, protection)
    hub.listen(at.see)
    protection.gate.obeying.publish = at.gate_reads
    try:
        yield at
    finally:
        for task in polling:
            task.cancel()


@pytest.mark.parametrize("deaf", [True, False])
@pytest.mark.parametrize("phase", [0.0, 0.37, 0.81])
@pytest.mark.parametrize("mute", HEATERS)
@pytest.mark.parametrize("together", [1, 2])
def test_all_others_are_off_and_read_back_in_time(mute: str, phase: float, together: int, deaf: bool) -> None:
    """`together`: a trip, and beside it the end of the run that it aborts."""

    async def main(clock: VirtualClock) -> None:
        async with scene(clock, mute, deaf) as at:
            await clock.sleep(6.0 + phase)
            began = clock.now()
            reports = await asyncio.gather(*(make_safe(at.protection.gate, "drill") for _ in range(together)))
            for report in reports:
                assert [outcome.tag for outcome in report.failed] == [f"{HEATERS[mute]}.setpoint"]
            healthy = [f"{zone}.setpoint" for heater, zone in HEATERS.items() if heater != mute]
            assert {tag: at.safe_at[tag] - began < SAFE_WITHIN for tag in healthy} == dict.fromkeys(healthy, True)

    run_virtual(main)


@pytest.mark.parametrize("after", [0.3, 1.5])
@pytest.mark.parametrize("phase", [0.0, 0.37, 0.81])
def test_where_nothing_is_amiss_no_temperature_goes_stale(phase: float, after: float) -> None:
    """Arming and an orderly end drive the safe state too; the polls of the same line must go on."""

    async def main(clock: VirtualClock) -> None:
        async with scene(clock) as at:
            await clock.sleep(6.0 + phase)
            at.oldest.clear()
            await at.protection.arming.arm()
            await clock.sleep(after)
            assert (await at.protection.arming.disarm("the run is over")).ok
            await clock.sleep(2.0)
            patience = at.protection.rules.tags["stage.temperature"].stale_after
            assert {
                zone: at.oldest[f"{zone}.temperature"] < 0.7 * patience for zone in HEATERS.values()
            } == dict.fromkeys(HEATERS.values(), True)

    run_virtual(main)


def test_a_second_safe_state_right_after_the_first_lets_polls_through() -> None:
    """Else everything on the line would trip for its silence, because of one trip elsewhere."""

    async def main(clock: VirtualClock) -> None:
        async with scene(clock) as at:
            await clock.sleep(6.0)
            at.oldest.clear()
            assert all(r.ok for r in await asyncio.gather(*(make_safe(at.protection.gate, "drill") for _ in range(2))))
            await clock.sleep(2.0)
            patience = at.protection.rules.tags["stage.temperature"].stale_after
            temperatures = [f"{zone}.temperature" for zone in HEATERS.values()]
            assert {tag: at.oldest[tag] < patience for tag in temperatures} == dict.fromkeys(temperatures, True)

    run_virtual(main)


def test_what_fails_in_an_orderly_end_hurries_the_rest() -> None:
    """A mute instrument that no interlock watches must not slow it down for long."""

    async def main(clock: VirtualClock) -> None:
        async with scene(clock, "wall_heater") as at:
            await clock.sleep(6.0)
            began = clock.now()
            report = await make_safe(at.protection.gate, "the run is over", hurry=False)
            assert [outcome.tag for outcome in report.failed] == ["walls.setpoint"]
            assert max(at.safe_at[f"{zone}.setpoint"] for zone in ("stage", "lines", "EG")) - began < SAFE_WITHIN

    run_virtual(main)
