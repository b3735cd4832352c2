"""Safe values that depend on how things stand: a dead pump, a vented chamber, a source that would freeze a line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from vapordep.app.places import reactor_file
from vapordep.app.running.connection import Connection
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.recording import LineRecording
from vapordep.errors import NotArmed, ReactorError
from vapordep.model.commands import Command, Source
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.safety.dead_man import hold_dead_man
from vapordep.safety.safe_state.tape import TapeMaker
from vapordep.units import degC, to_si

CHANGES = {
    "safe: {valve: {open_if: chamber.evacuated, else: closed}, soft_valve: closed}":
        "safe: {valve: {open_if: [pump.running, chamber.evacuated], else: closed}, soft_valve: closed}",
    "safe: {flow: 20 sccm, valve: {open_if: chamber.evacuated, else: closed}}":
        "safe: {flow: 20 sccm, valve: {open_if: [pump.running, chamber.evacuated], else: closed}}",
    "lines: {heater: line_heater, max_rate: 10 K/min, max_temperature: 200 degC, safe: off}":
        "lines: {heater: line_heater, max_rate: 10 K/min, max_temperature: 200 degC, carries: [EG], safe: until_cold}",
    "interlocks:\n": """inputs: {pump.running: "valves[2]"}
interlocks:
  - id: X3
    require: [pump.running]
    trip_after: 2 samples
    protects: A dead pump lets the purge fill the chamber, and oil and air come through an open valve.
    remedy: Start the pump; look at its thermal switch.
""",
}  # fmt: skip


def changed(folder: Path, changes: dict[str, str]) -> Reactor:
    text = reactor_file("glovebox_ald").read_text(encoding="utf-8")
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    path = folder / "reactor.yaml"
    path.write_text(text, encoding="utf-8")
    return read_reactor(path)


class Rig:
    """The real drivers and safety core on simulated instruments, in virtual time."""

    def __init__(self, reactor: Reactor, simulated: SimulatedReactor, clock: VirtualClock) -> None:
        self.clock = clock
        self.reactor = reactor
        self.simulated = simulated
        self.world = simulated.world
        self.connection = Connection(reactor, substrate("lithium"), clock, simulated.transports(clock))
        self.gate = self.connection.core.protection.gate
        self.arming = self.connection.core.protection.arming
        self.tapes: list[dict[str, Any]] = []
        self.told: list[str] = []
        self.connection.logs.append(lambda event: self.told.append(event.text))
        self._takes = LineRecording()

    async def hand_over(self, recorded: LineRecording) -> None:
        self._takes.takes |= recorded.takes
        self.tapes.append(await TapeMaker(self.reactor, self.gate, self._takes).make())

    async def command(self, tag: str, value: float) -> None:
        await self.gate.command(Command(tag, value, Source.OPERATOR, "a test"))

    def driven(self, point: str) -> float:
        return self.world.read(point, self.clock.now())

    async def until(self, holds: Callable[[], bool], within: float = 60.0) -> None:
        async with asyncio.timeout(within):
            await self.connection.core.hub.until(holds)


def on_rig(folder: Path, scenario: Callable[[Rig], Awaitable[None]], changes: dict[str, str] = CHANGES) -> None:
    """The chamber is evacuated and hot when the scenario begins."""

    async def main(clock: VirtualClock) -> None:
        reactor = changed(folder, changes)
        simulated = simulated_reactor(reactor, "lithium", 1, clock.now(), to_si(100.0, degC))
        rig = Rig(reactor, simulated, clock)
        clock.loop.world = simulated.world
        rig.arming.hand_over = rig.hand_over
        async with rig.connection.opened():
            await rig.connection.first_readings()
            await scenario(rig)

    run_virtual(main)


def test_a_dead_pump_closes_pump_and_purge_and_a_live_one_opens_them(tmp_path: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.arming.arm()
        assert (rig.driven("pump.valve"), rig.driven("carrier.valve")) == (1.0, 1.0)
        rig.world.drive("pump.running", 0.0, rig.clock.now())
        await rig.until(lambda: not rig.arming.armed)
        await rig.clock.sleep(2.0)
        assert (rig.driven("pump.valve"), rig.driven("carrier.valve")) == (0.0, 0.0)
        assert any("X3" in text for text in rig.told)

    on_rig(tmp_path, scenario)


def wanted(tape: dict[str, Any], output: str, **states: bool) -> list[str]:
    """What the tape sends for an output in these states."""
    steps = [step for line in tape["lines"] for step in line["steps"] if step["for"] == output and "input" not in step]
    named = {name.replace("_", "."): truth for name, truth in states.items()}
    return [step["send"][-4:] for step in steps if all(named[name] is truth for name, truth in step["if"].items())]


def test_the_tape_holds_every_variant_and_asks_for_the_pump_first(tmp_path: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.arming.arm()
        [tape] = rig.tapes
        for output in ("pump.valve", "carrier.valve"):
            assert wanted(tape, output, pump_running=True, chamber_evacuated=True) == ["ff00"]
            for running, evacuated in ((True, False), (False, True), (False, False)):
                assert wanted(tape, output, pump_running=running, chamber_evacuated=evacuated) == ["0000"]
        [asks] = [step for line in tape["lines"] for step in line["steps"] if "input" in step]
        assert asks["input"] == "pump.running"
        assert asks["send"].endswith("0200000008")  # function 2, eight inputs

    on_rig(tmp_path, scenario)


@pytest.mark.parametrize(("line", "asked"), [("tcp://192.168.0.9:502", 1), ("USB0::1::2::A::INSTR", 0)])
def test_an_input_on_a_line_of_its_own_is_asked_where_that_can_be_taken(tmp_path: Path, line: str, asked: int) -> None:
    panel = f'instruments:\n  panel: {{driver: modbus_relay, line: "{line}", address: 1}}\n'
    changes = {key: text.replace("valves[2]", "panel[2]") for key, text in CHANGES.items()}

    async def scenario(rig: Rig) -> None:
        await rig.arming.arm()
        asks = [step for line in rig.tapes[0]["lines"] for step in line["steps"] if "input" in step]
        assert [step["of"] for step in asks] == ["panel"] * asked
        assert all(line["kind"] in ("tcp", "serial") for line in rig.tapes[0]["lines"])

    on_rig(tmp_path, scenario, {**changes, "instruments:\n": panel})


async def warm(rig: Rig) -> None:
    """The source is hot, and its line hotter."""
    await rig.arming.arm()
    await rig.command("lines.setpoint", to_si(60.0, degC))
    await rig.command("EG.setpoint", to_si(45.0, degC))
    latest = rig.connection.core.hub.latest
    await rig.until(lambda: latest["EG.temperature"].value > to_si(43.0, degC), 3600.0)


def test_a_line_stays_warm_until_its_source_is_cold(tmp_path: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await warm(rig)
        await rig.arming.disarm("a test")
        latest = rig.connection.core.hub.latest
        await rig.clock.sleep(5.0)
        assert latest["EG.setpoint"].value == to_si(0.0, degC)
        assert latest["lines.setpoint"].value == to_si(60.0, degC)
        assert any("left as they are for as long as they are needed: lines.setpoint" in text for text in rig.told)
        await rig.until(lambda: latest["lines.setpoint"].value == to_si(0.0, degC), 3600.0)
        assert latest["EG.temperature"].value <= max(latest["lines.temperature"].value - 19.0, to_si(36.0, degC))
        await rig.clock.sleep(2.0)
        assert any("no longer needed: lines.setpoint" in text for text in rig.told)

    on_rig(tmp_path, scenario)


def test_armed_again_while_the_line_is_warm_the_tape_still_turns_it_off(tmp_path: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await warm(rig)
        await rig.arming.disarm("a test")
        await rig.arming.arm()
        first, second = rig.tapes
        for tape in (first, second):
            assert wanted(tape, "lines.setpoint", lines_needed=True) == []
            assert len(wanted(tape, "lines.setpoint", lines_needed=False)) == 4

    on_rig(tmp_path, scenario)


def test_armed_for_the_first_time_while_the_line_is_hot_the_tape_is_that_of_a_cold_one(tmp_path: Path) -> None:
    """As in the morning after a power cut: what turns the line off must not be tried out, and is foretold."""

    async def scenario(rig: Rig) -> None:
        await warm(rig)
        await rig.arming.disarm("a test")
        rig._takes = LineRecording()  # as an engine that has just begun
        await rig.arming.arm()
        assert rig.connection.core.hub.latest["lines.setpoint"].value == to_si(60.0, degC)
        cold, hot = rig.tapes
        assert bare(hot, "lines.setpoint", "line_heater") == bare(cold, "lines.setpoint", "line_heater")

    on_rig(tmp_path, scenario)


def bare(tape: dict[str, Any], *wanted: str) -> list[tuple[object, ...]]:
    """What is sent, and which replies will do."""
    steps = [step for line in tape["lines"] for step in line["steps"] if step["for"] in wanted]
    return [(step["for"], step["send"], step["reply"], step["if"]) for step in steps]


def test_an_output_that_nobody_else_can_reach_needs_a_waiver(tmp_path: Path) -> None:
    usb = {'line: "TCPIP::192.168.0.31::4001::SOCKET"': 'line: "USB0::0x1234::0x5678::A1::INSTR"'}
    signed = {**usb, "interlocks:\n": """waivers:
  - {output: carrier.flow_setpoint, protected_by: orifice of 50 sccm, signed: A. Person, date: 2026-11-26}
interlocks:
"""}  # fmt: skip

    async def refused(rig: Rig) -> None:
        with pytest.raises(NotArmed, match=r"carrier\.flow_setpoint is on USB0::.*no other process can take over"):
            await rig.arming.arm()
        assert not rig.arming.armed

    async def armed(rig: Rig) -> None:
        await rig.arming.arm()
        assert all(line["kind"] != "usb" for line in rig.tapes[0]["lines"])
        assert wanted(rig.tapes[0], "carrier.flow_setpoint") == []

    own = {'line: "TCPIP::192.168.0.31::4001::SOCKET"': usb[next(iter(usb))] + ", watchdog: 5 s"}
    on_rig(tmp_path, refused, usb)
    on_rig(tmp_path, armed, own)
    on_rig(tmp_path, armed, signed)


def test_a_tape_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    slow = {f"address: {n}, decimals: 1}}": f"address: {n}, decimals: 1, reply_within: 2.5 s}}" for n in (1, 2, 3, 4)}

    async def scenario(rig: Rig) -> None:
        with pytest.raises(NotArmed, match=r"the exchanges on ASRL/dev/ttyUSB1::INSTR take \d\.\d s, more than 3 s"):
            await rig.arming.arm()

    on_rig(tmp_path, scenario, slow)


def test_a_dead_man_lets_go_when_interlocks_are_no_longer_evaluated(tmp_path: Path) -> None:
    held = {**CHANGES, "simulation:": 'dead_man: {relay: "valves[7]", holds: 2 s}\n\nsimulation:'}

    async def scenario(rig: Rig) -> None:
        core, dead_man = rig.connection.core.protection, rig.reactor.dead_man
        assert dead_man is not None
        relays = rig.simulated.instruments["valves"]

        def is_held() -> bool:
            relays.speak(rig.clock.now())
            return bool(relays.on[7])  # type: ignore[attr-defined]

        holding = asyncio.create_task(hold_dead_man(dead_man, lambda: core, rig.clock))
        await rig.clock.sleep(3.0)
        assert not is_held()  # disarmed
        await rig.arming.arm()
        for _ in range(20):
            await rig.clock.sleep(1.0)
            assert is_held()
        stopped = core.interlocks.evaluations
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                type(core.interlocks), "evaluations", property(lambda _: stopped, lambda *_: None), raising=False
            )
            await rig.clock.sleep(3.5)
            assert not is_held()
        await rig.clock.sleep(1.0)
        assert is_held()
        await rig.arming.disarm("a test")
        assert not is_held()
        await rig.clock.sleep(3.0)
        assert not is_held()
        holding.cancel()

    on_rig(tmp_path, scenario, held)


def test_a_relay_that_cannot_let_go_by_itself_is_no_dead_man(tmp_path: Path) -> None:
    held = {"simulation:": 'dead_man: {relay: "valves[7]", holds: 1.55 s}\n\nsimulation:'}
    with pytest.raises(ReactorError, match=r"valves\[7\] cannot let go by itself after 1\.55 s"):
        changed(tmp_path, held)
