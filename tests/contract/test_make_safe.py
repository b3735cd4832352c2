"""Every driver found, driven by the real safe state: nothing is left at work, and nothing at work is called safe."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.contract.bench import DRIVERS, Bench, Heated, Option, bench
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.catalogue import driver
from vapordep.devices.framings import modbus as mb
from vapordep.model.batches import Batch
from vapordep.model.events import Event
from vapordep.model.instruments import Cell
from vapordep.model.outputs import Output, SafeValue
from vapordep.model.tags import Tag, TagKind
from vapordep.safety.alarms.alarms import Alarms, OutputAlarms
from vapordep.safety.interlocks.compiled import compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.targets import Roles
from vapordep.safety.safe_state.safe_state import make_safe
from vapordep.simulation.faults import Faulty, FrontPanel, Mute
from vapordep.units import Dimension, to_si

COMMANDERS = [name for name in DRIVERS if any(signal.writable for signal in driver(name).signals.values())]
RTU = mb.Rtu(1)


@dataclass(frozen=True, slots=True)
class Panel:
    """What somebody sets at an instrument itself, with which options, and whether off can still be had."""

    data: tuple[bytes, ...]
    told: str
    options: Mapping[str, Option]
    ends: bool


PANELS = {
    "alicat": Panel((b"ALSS A\r",), "source is A", {"analog_setpoint": "40 sccm"}, ends=False),
    "eurotherm": Panel(
        (RTU.encode(mb.write_register(273, 1)), RTU.encode(mb.write_register(3, 600))), "manual", {}, ends=True
    ),
    "vat_throttle": Panel((b"c:0100\r\n",), "E:000008", {}, ends=False),
}
"""The simulators that have a panel or a local mode: manual output, setpoint from the analog input."""


def gate_of(bench: Bench) -> Gate:
    """The real gate in front of one device: each output has off as its safe value."""
    outputs, tags = {}, {}
    for channel in bench.outputs():
        signal = bench.device.signals[channel.name]
        tag, cell = f"bench.{channel}", Cell(bench.device.name, channel.name, channel.index)
        low, high = (to_si(value, signal.unit) for value in bench.device.range(channel))
        off = to_si(signal.off, signal.unit)
        outputs[tag] = Output(tag, cell, signal.unit, low, high, SafeValue(off), True, off=off)
        tags[tag] = Tag(tag, signal.unit, TagKind.SETPOINT, stale_after=15.0)
    published: list[Batch] = []
    heaters = frozenset(tag for tag in tags if tags[tag].dimension is Dimension.TEMPERATURE)
    interlocks = Interlocks(compile_rules((), tags, outputs, frozenset()))
    return Gate(
        outputs,
        {bench.device.name: bench.device},
        bench.clock,
        tags,
        interlocks,
        lambda at, now: {},
        published.extend,
        _unheard,
        OutputAlarms(_unheard, Alarms(interlocks, bench.clock.now, _unheard)),
        Roles(heaters=heaters),
    )


def _unheard(event: Event) -> None:
    """Nobody reads it."""


def on_bench(
    name: str, scenario: Callable[[Bench, Heated], Awaitable[None]], options: Mapping[str, Option] | None = None
) -> None:
    """Everything is on when the scenario begins."""

    async def main(clock: VirtualClock) -> None:
        world = Heated()
        ready = await bench(name, clock, {}, world)
        if options:  # of the simulator only
            ready.wire.inner = type(ready.wire.inner)("bench", world, ready.wire.inner.wiring, options, 1)
        await ready.device.identify()
        for channel in ready.outputs():
            await ready.device.write(channel, ready.on(channel))
        assert world.at_work, "nothing is on"
        await scenario(ready, world)

    run_virtual(main)


@pytest.mark.parametrize("name", COMMANDERS)
def test_everything_is_off_and_stays_off(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        gate = gate_of(bench)
        for reason in ("once", "twice"):
            report = await make_safe(gate, reason)
            assert {outcome.tag: outcome.error for outcome in report.failed} == {}
            assert len(report.outcomes) == len(bench.outputs())
            assert world.at_work == set()

    on_bench(name, scenario)


@pytest.mark.parametrize("name", COMMANDERS)
def test_what_does_not_answer_is_not_called_safe(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        bench.wire.inner = Faulty(bench.wire.inner, [Mute()])
        report = await make_safe(gate_of(bench), "mute")
        assert len(report.failed) == len(bench.outputs())

    on_bench(name, scenario)


@pytest.mark.parametrize("name", PANELS)
def test_in_local_mode_nothing_at_work_is_called_safe(name: str) -> None:
    panel = PANELS[name]

    async def scenario(bench: Bench, world: Heated) -> None:
        now = bench.clock.now()
        bench.wire.inner = Faulty(bench.wire.inner, [FrontPanel(now, data) for data in panel.data])
        gate = gate_of(bench)
        for reason in ("once", "twice"):
            report = await make_safe(gate, reason)
            assert (world.at_work == set()) == panel.ends
            assert report.failed
            assert [outcome.error for outcome in report.failed if panel.told not in outcome.error] == []

    on_bench(name, scenario, panel.options)
