"""Every driver, recorded while it makes safe: the bytes alone, without any driver, make its instrument safe again."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.contract.bench import RIVALS, Bench, Heated
from tests.contract.test_make_safe import COMMANDERS, gate_of, on_bench
from vapordep.devices.recording import recording
from vapordep.guardian.tape import examine, found
from vapordep.model.instruments import Instrument
from vapordep.model.reactor import Reactor
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.safe_state.safe_state import make_safe
from vapordep.safety.safe_state.tape import TapeMaker

WHERE = "tcp://127.0.0.1:4001"


async def recorded(bench: Bench, gate: Gate) -> dict[str, Any]:
    """The tape of one instrument, as arming makes it."""
    bench.line.where = WHERE
    instruments = {"bench": Instrument("bench", "any", WHERE)}
    wiring = {wire.output.cell: tag for tag, wire in gate.wires.items()}
    reactor = SimpleNamespace(name="bench", instruments=instruments, waivers=(), wiring=wiring)
    with recording() as takes:
        assert (await make_safe(gate, "arming")).ok
    tape = await TapeMaker(cast(Reactor, reactor), gate, takes).make()
    examine(tape)
    return tape


async def played(bench: Bench, tape: dict[str, Any]) -> list[str]:
    """Feeds what is on the tape to the instrument itself; for which outputs a reply did not fit."""
    failed = []
    for step in tape["lines"][0]["steps"]:
        await bench.clock.sleep(1.0)
        replies = bench.wire.inner.feed(bytes.fromhex(step["send"]), bench.clock.now())
        said = b"".join(piece for _, piece in replies)
        if found(step["reply"], step["check"], said) is None:
            failed.append(f"{step['for']}: {said!r} is not {step['reply']}")
    return failed


async def all_on(bench: Bench) -> None:
    for channel in bench.outputs():
        await bench.device.write(channel, bench.on(channel))


Scenario = Callable[[Bench, Heated], Awaitable[None]]


@pytest.mark.parametrize("name", COMMANDERS)
def test_the_tape_alone_makes_safe(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        tape = await recorded(bench, gate_of(bench))
        for point in bench.world.points:  # nothing is as it was measured when the tape was made
            bench.world.points[point] *= 1.02
        await all_on(bench)
        assert world.at_work
        assert await played(bench, tape) == []
        assert world.at_work == set()

    on_bench(name, scenario)


@pytest.mark.parametrize("name", COMMANDERS)
def test_an_output_that_is_not_safe_is_not_read_back_as_safe(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        tape = await recorded(bench, gate_of(bench))
        steps = tape["lines"][0]["steps"]
        tape["lines"][0]["steps"] = [step for step in steps if step["for"] == "bench"]  # the reading back
        for channel in bench.outputs():
            assert await played(bench, tape) == []
            await bench.device.write(channel, bench.on(channel))
            assert await played(bench, tape) != [], channel
            await bench.device.write(channel, bench.device.signals[channel.name].off)

    on_bench(name, scenario)


@pytest.mark.parametrize("name", COMMANDERS)
def test_a_setpoint_that_stands_there_already_is_on_the_tape_all_the_same(name: str) -> None:
    """A driver may spare an instrument's memory, but not while it is recorded."""

    async def scenario(bench: Bench, world: Heated) -> None:
        gate = gate_of(bench)
        for tag, wire in gate.wires.items():
            if wire.channel.name in RIVALS:
                continue
            on = bench.on(wire.channel)
            object.__setattr__(wire.output, "safe", type(wire.output.safe)(gate_value(gate, tag, on)))
        await all_on(bench)
        tape = await recorded(bench, gate)
        await bench.clock.sleep(100.0)
        for channel in bench.outputs():
            await bench.device.write(channel, bench.device.signals[channel.name].off)
        assert await played(bench, tape) == []
        assert world.at_work

    on_bench(name, scenario)


def gate_value(gate: Gate, tag: str, value: float) -> float:
    """A value in the unit of an output's instrument, in SI."""
    from vapordep.units import to_si

    return to_si(value, gate.wires[tag].output.unit)
