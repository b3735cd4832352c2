"""A second program sets outputs, over a line of its own to the same instruments: it is told, and the run is held."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.scenarios.rigs import HOT, ROOT, Scene, dose, plan, play, purge, repeat, trouble
from vapordep.app.instruments import Instruments, instruments
from vapordep.app.running.connection import Connection
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import Clock, VirtualClock, run_virtual
from vapordep.devices import Device
from vapordep.errors import Tripped
from vapordep.model.alarms import AlarmState, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.outputs import Output
from vapordep.model.reactor import Reactor
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Set
from vapordep.reactor import read_reactor
from vapordep.safety.outputs.elsewhere import PREFIX
from vapordep.simulation.faults import Restart
from vapordep.units import from_si, sccm, to_si

S, V = RunState, Verb
REACTORS = sorted(path.stem for path in (ROOT / "reactors").glob("*.yaml"))
SLOWLY = {"rate": 20.0, "setpoint": 10.0}
"""s within which what is asked for more seldom is told; A18 of faults wants 5 s of all others."""
WITHIN = 5.0
SHARE = 0.3
"""Of the range of an output: what the other program sets."""


@asynccontextmanager
async def second_program(reactor: Reactor, made: SimulatedReactor, clock: Clock) -> AsyncIterator[Instruments]:
    """Connected to the same instruments by lines of its own."""
    parts = instruments(reactor, clock, made.transports(clock))
    await parts.connect()
    try:
        yield parts
    finally:
        await parts.close()


async def put(parts: Mapping[str, Device], output: Output, value: float) -> None:
    """Writes a value (SI) as any program would."""
    device = parts[output.cell.instrument]
    signal = device.signals[output.cell.signal]
    channel = signal.channel if output.cell.index is None else signal[output.cell.index]
    await device.write(channel, from_si(value, output.unit))


def other_than(output: Output, stands: float) -> float:
    """Something that an output does not stand at."""
    if output.low == 0.0 and output.high == 1.0 and output.cell.signal in ("valve", "output", "shutter", "running"):
        return 1.0 - stands
    low = max(output.low, output.off)
    wanted = low + SHARE * (min(output.high, low + 500.0) - low)
    return wanted if abs(wanted - stands) > 0.01 * (output.high - output.low) else low


async def armed(clock: VirtualClock, reactor: Reactor, made: SimulatedReactor, events: list[Event]) -> None:
    """Arms, waits without any alarm, then sets each output elsewhere in turn, and back."""
    connection = Connection(reactor, substrate(reactor.substrates[0]), clock, made.transports(clock))
    connection.logs.append(events.append)
    async with connection.opened():
        await connection.first_readings()
        protection = connection.core.protection
        await protection.arming.arm()
        await clock.sleep(60.0)
        assert [event.text for event in events if event.kind is Kind.ALARM and PREFIX in str(event.data)] == []
        async with second_program(reactor, made, clock) as parts:
            for output in reactor.outputs.values():
                await one(clock, connection, parts.devices, output, events)


async def one(
    clock: Clock, connection: Connection, parts: Mapping[str, Device], output: Output, events: list[Event]
) -> None:
    protection, tag = connection.core.protection, output.tag
    protection.interlocks.rest()  # what a valve that is opened at random does to the plant is no matter here
    last = protection.gate.commanded.value(tag)
    if last is None:  # left as it is by the safe state: never commanded
        return
    new = other_than(output, last)
    before = len(events)
    await put(parts, output, new)
    give_up = clock.now() + SLOWLY.get(output.cell.signal, WITHIN)
    while tag not in protection.gate.commanded.elsewhere:
        assert clock.now() < give_up, f"{tag} was set to {new} (SI), not {last}, and nobody said so"
        await clock.sleep(0.05)
    view = protection.alarms[PREFIX + tag]
    assert (view.state, view.priority) == (AlarmState.UNACK_ACTIVE, Priority.HIGH)
    assert view.text.startswith(f"{tag} was set by somebody else – commanded ")
    assert view.cause
    assert view.consequence
    assert view.remedy
    told = [event for event in events[before:] if event.kind is Kind.ALARM]
    assert [event.data["id"] for event in told] == [PREFIX + tag], "it is on record, once, and nothing else is"
    await put(parts, output, last)
    await clock.sleep(SLOWLY.get(output.cell.signal, WITHIN))
    assert protection.alarms[PREFIX + tag].state is AlarmState.UNACK_CLEARED


@pytest.mark.parametrize("name", REACTORS)
def test_every_output_of_every_shipped_reactor_that_a_second_program_sets_is_told(name: str) -> None:
    reactor = read_reactor(ROOT / "reactors" / f"{name}.yaml")
    events: list[Event] = []

    async def main(clock: VirtualClock) -> None:
        made = simulated_reactor(reactor, reactor.substrates[0], 1)
        clock.loop.world = made.world
        await armed(clock, reactor, made, events)

    run_virtual(main)
    assert len([event for event in events if PREFIX in str(event.data.get("id"))]) > 10


# --- a run ------------------------------------------------------------------------------------------------------------


async def meddled(scene: Scene, tag: str, value: float) -> None:
    """A second program connects, sets one output (SI), and goes away."""
    async with second_program(scene.reactor, scene.simulated, scene.clock) as parts:
        await put(parts.devices, scene.reactor.outputs[tag], value)


FLOW = "carrier.flow_setpoint"


@pytest.mark.parametrize("wire", [True, False])
def test_a_run_is_held_until_it_is_put_back_and_then_goes_on(wire: bool) -> None:
    async def script(scene: Scene) -> None:
        await scene.step("purge")
        began = scene.clock.now()
        await meddled(scene, FLOW, to_si(60.0, sccm))
        await scene.state(S.HELD)
        assert scene.clock.now() - began < WITHIN
        told = f"{FLOW} was set by somebody else: commanded 20 sccm, reads 60 sccm"
        assert scene.run.reason == told
        alarm = scene.run.protection.alarms[f"{PREFIX}{FLOW}"]
        assert (alarm.priority, alarm.present) == (Priority.HIGH, True)
        assert "the run is held" in alarm.text
        for verb in (V.RESTART, V.CAP):
            with pytest.raises(Tripped, match=f"still set by somebody else: {FLOW}") as refused:
                scene.ask(verb)
            assert refused.value.interlocks == (f"{PREFIX}{FLOW}",)
        assert scene.run.state is S.HELD
        assert scene.run.rig.value(FLOW) == pytest.approx(to_si(60.0, sccm)), "nothing is set back silently"
        await meddled(scene, FLOW, to_si(20.0, sccm))
        await scene.until(lambda: not scene.run.protection.gate.commanded.elsewhere)
        scene.ask(V.RESTART, by="Ada")
        answered = scene.run.protection.alarms[f"{PREFIX}{FLOW}"]
        assert (answered.state, answered.by) == (AlarmState.NORMAL, "Ada")

    steps = replace(plan(repeat(2, dose(), purge(30.0))), cap=(purge(1.0),))
    scene = play(steps, script, wire=wire)
    assert scene.run.state is S.COMPLETE, trouble(scene)
    assert [event.data["id"] for event in scene.kind(Kind.ALARM)] == [f"{PREFIX}{FLOW}"]
    assert scene.kind(Kind.TRIP) == []


def test_nobody_there_to_look_means_the_safe_state() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("purge")
        await meddled(scene, FLOW, to_si(60.0, sccm))

    scene = play(plan(repeat(2, dose(), purge(30.0))), script, attended=False)
    assert scene.run.state is S.ABORTED
    assert "was set by somebody else" in scene.run.reason


def test_a_source_that_somebody_else_opens_is_shut_by_the_hold() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("purge")
        await meddled(scene, "TMA.valve", 1.0)
        assert scene.truth("TMA.valve", 0.1) == 1.0
        await scene.state(S.HELD)
        assert scene.truth("TMA.valve", 0.5) == 0.0
        assert scene.run.reason.startswith("TMA.valve was set by somebody else: commanded closed, reads open")
        await scene.until(lambda: not scene.run.protection.gate.commanded.elsewhere)
        assert scene.run.protection.alarms[f"{PREFIX}TMA.valve"].state is AlarmState.UNACK_CLEARED
        scene.ask(V.RESTART, by="Ada")

    scene = play(plan(repeat(2, dose(), purge(30.0))), script)
    assert scene.run.state is S.COMPLETE, trouble(scene)


def test_a_heater_that_somebody_else_turns_up_holds_the_run_before_the_foil_is_warm() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("purge")
        await meddled(scene, "stage.setpoint", HOT + 40.0)
        await scene.state(S.HELD)
        assert "stage.setpoint was set by somebody else" in scene.run.reason
        scene.ask(V.ABORT)

    steps = Set(output="stage.setpoint", value=HOT), repeat(2, dose(), purge(30.0))
    scene = play(plan(*steps), script)
    assert scene.run.state is S.ABORTED
    assert scene.report()["foil_temperature_max"] < HOT + 5.0


def test_an_instrument_that_lost_its_settings_in_a_power_failure_is_noticed_in_the_same_way() -> None:
    scene = play(
        plan(repeat(2, dose(), purge(30.0))), faults={"carrier_mfc": [Restart(at=20.0, takes=0.6)]}, attended=False
    )
    assert scene.run.state is S.ABORTED
    assert f"{FLOW} was set by somebody else: commanded 20 sccm, reads 0 sccm" in scene.run.reason
    assert any("a power failure" in event.text for event in scene.kind(Kind.ALARM))
