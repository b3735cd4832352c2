"""The reactors of the acts, and how a run on them is prepared before anything is armed."""

import asyncio
import tempfile
from concurrent.futures import Future
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.recipes.test_needles import motor_file
from tests.scenarios.rigs import (
    ROOT,
    Notebook,
)
from tests.scenarios.test_dependent_safe_values import CHANGES, changed
from tests.unit.recipe.test_treating import ROLE, treating
from vapordep.devices.framings import modbus
from vapordep.devices.recording import LineRecording
from vapordep.engine.run import Run
from vapordep.model.pulses import PulseIntent
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.safety.safe_state.safe_state import SafeReport
from vapordep.safety.safe_state.tape import TapeMaker
from vapordep.simulation.faults import FrontPanel

LIMITS = """interlocks:
  - id: X4
    guards: [TMA.valve]
    require: [stage.setpoint < 105 degC]
    protects: The film.
    remedy: Let it cool.
  - id: X5
    require: [stage.rate < 9 K/min]
    action: safe
    protects: The stage.
    remedy: Let it cool.
"""


@cache
def file(name: str) -> Reactor:
    """A shipped reactor."""
    return read_reactor(ROOT / "reactors" / f"{name}.yaml")


@cache
def told_of_its_pump() -> Reactor:
    """The pump's contact is an input, on which safe values depend."""
    with tempfile.TemporaryDirectory() as folder:
        return changed(Path(folder), CHANGES)


@cache
def with_dead_man() -> Reactor:
    with tempfile.TemporaryDirectory() as folder:
        return changed(Path(folder), {"simulation:": 'dead_man: {relay: "valves[7]", holds: 2 s}\n\nsimulation:'})


@cache
def with_limits() -> Reactor:
    """No dose above 105 degC, and no steep ramp."""
    with tempfile.TemporaryDirectory() as folder:
        return changed(Path(folder), {"interlocks:\n": LIMITS})


@cache
def seeing_only_vacuum() -> Reactor:
    """Its only gauge ends at 1333 Pa."""
    with tempfile.TemporaryDirectory() as folder:
        return changed(Path(folder), {'gauges: ["gauge[0]", "gauge[2]"]': 'gauges: ["gauge[0]"]'})


@cache
def with_weak_supply() -> Reactor:
    """What was measured of its wires is too hopeful, and the supply may give hardly more than that."""
    reactor = file("icvd")
    filament = reactor.filament
    assert filament is not None
    volts, kelvin = filament.hot
    voltage = replace(reactor.outputs[filament.voltage_setpoint], high=35.0)
    hopeful = replace(filament, hot=(volts, kelvin + 40.0))
    return replace(reactor, filament=hopeful, outputs={**reactor.outputs, voltage.tag: voltage})


@cache
def with_plasma() -> Reactor:
    with tempfile.TemporaryDirectory() as folder:
        return read_reactor(treating(Path(folder), ROLE.replace("[silicon]", "[silicon, lithium]")))


@cache
def with_motor() -> Reactor:
    """The needle of DMAMS is moved by a motor."""
    with tempfile.TemporaryDirectory() as folder:
        return read_reactor(motor_file(Path(folder)))


def timed_by_the_board(run: Run) -> None:
    """The relay board times a pulse whose width suits it."""
    gate = run.protection.gate
    gate.roles = replace(gate.roles, timed_by_instrument=frozenset({"TMA.valve"}))


def guarded(run: Run) -> None:
    """The tape is made as it is armed, as where a guardian takes it."""
    arming, takes = run.protection.arming, LineRecording()

    async def hand_over(recorded: LineRecording) -> None:
        takes.takes |= recorded.takes
        assert (await TapeMaker(run.rig.reactor, run.protection.gate, takes).make())["lines"]

    arming.hand_over = hand_over


def with_a_bug(run: Run) -> None:
    """The first try to make safe at the end fails by a fault of the program."""
    arming = run.protection.arming
    disarm, bugs = arming.disarm, [ZeroDivisionError("a bug")]

    async def disarmed(reason: str = "") -> SafeReport:
        if bugs:
            raise bugs.pop()
        return await disarm(reason)

    vars(arming)["disarm"] = disarmed


def made_anew(run: Run) -> None:
    """What was read before it is armed counts for less, as where the safety core is made anew for another substrate."""
    vars(run.protection.arming)["_began"] = run.rig.clock.now() + 1.0


def rate(at: float, kelvin_per_minute: int) -> FrontPanel:
    """Somebody sets how fast the stage may be heated."""
    frame = bytes([1]) + modbus.write_register(35, 10 * kelvin_per_minute)
    return FrontPanel(at, frame + modbus.crc16(frame))


class Slow(Notebook):
    """A disk that takes a while for every intent."""

    def intent(self, intent: PulseIntent) -> Future[None]:
        super().intent(intent)
        written: Future[None] = Future()
        asyncio.get_running_loop().call_later(0.05, written.set_result, None)
        return written
