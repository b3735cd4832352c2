"""How fast a dry run's samples are made: plant, instruments and arrays of the shipped reactor, with noise, unpublished.

Run `python -m bench.predicted [--cycles 20]`. CPU time, each part by itself; the limit beside it is the plant alone.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from vapordep.app.instruments import channels, instruments
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Poller, phases
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.reactor.table import tag_table
from vapordep.simulation.predicted import LONGEST, PredictedSampler
from vapordep.simulation.world import World
from vapordep.units import degC, sccm, to_si

REACTOR = Path(__file__).parents[1] / "reactors" / "glovebox_ald.yaml"
SETPOINTS = {"stage": 100.0, "walls": 100.0, "lines": 105.0, "EG": 80.0}
CYCLE = (("TMA.valve", 0.05, 40.0), ("H2O.valve", 0.03, 75.0))
"""A valve, its pulse and the purge after it, s."""
AIM = 8000.0
"""Times real time, for making the samples."""


@dataclass
class Timing:
    """CPU seconds of a run, simulated seconds, and values made."""

    cpu: float
    simulated: float
    values: int = 0

    def __str__(self) -> str:
        speed = self.simulated / self.cpu
        each = 1e6 * self.cpu / self.simulated
        values = f", {self.values / self.cpu / 1e6:6.2f} M values/s" if self.values else ""
        return f"{speed:8.0f} x real time, {each:6.1f} us a simulated second{values}"


async def started(reactor: Reactor, clock: VirtualClock) -> tuple[SimulatedReactor, PredictedSampler]:
    """The simulated reactor, hot and pumped, all its exchanges handed over to the sampler."""
    simulated = simulated_reactor(reactor, "lithium", 1, hot=to_si(100.0, degC))
    parts = instruments(reactor, clock, simulated.transports(clock))
    await parts.connect()
    sampler = PredictedSampler(simulated.world, simulated.instruments, Hub(tag_table(reactor), clock), clock)
    clock.loop.world = sampler
    tasks = [asyncio.ensure_future(sampler.run())]
    offsets = phases(list(parts.devices.values()))
    for device in parts.devices.values():
        poller = Poller(
            device, channels(reactor, device), lambda batches: None, clock, lambda *told: None,
            offset=offsets[device.name], foretell=sampler.take_over,
        )  # fmt: skip
        tasks.append(asyncio.ensure_future(poller.run()))
    for zone, kelvin in SETPOINTS.items():
        device = next(d for name, d in parts.devices.items() if name.startswith(f"{zone.rstrip('s')}_"[:4]))
        await device.write(device.signals["setpoint"].channel, kelvin)
    now = clock.now()
    for point, value in (("pump.valve", 1.0), ("carrier.valve", 1.0), ("carrier.flow_setpoint", to_si(20.0, sccm))):
        simulated.world.drive(point, value, now)
    await clock.sleep(3600.0)
    return simulated, sampler


def cycles(world: World, sampler: PredictedSampler | None, start: float, count: int) -> Timing:
    """Cycles of pulses and purges; with a sampler all samples, without only the plant."""
    began, values, now = time.process_time(), 0, start
    for _ in range(count):
        for valve, width, purge in CYCLE:
            world.drive(valve, 1.0, now)
            world.drive(valve, 0.0, now + width)
            for until in _ends(now, now + purge):
                world.ahead(until)
                if sampler is not None:
                    foretold = (each.exchange.batches(now, until) for each in sampler.outlooks)
                    values += sum(len(batch) for batches in foretold for batch in batches)
                now = until
    return Timing(time.process_time() - began, now - start, values)


def _ends(start: float, end: float) -> list[float]:
    """Where stretches end: none is longer than the sampler's."""
    return [start + LONGEST * k for k in range(1, int((end - start) / LONGEST) + 1)] + [end]


def main() -> None:
    """Prints the plant alone, and the plant with the samples of all instruments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=20)
    asked = parser.parse_args()

    async def measure(clock: VirtualClock) -> None:
        simulated, sampler = await started(read_reactor(REACTOR), clock)
        start = clock.now()
        cycles(simulated.world, sampler, start, 2)
        start += 2 * sum(purge for _, _, purge in CYCLE)
        span = asked.cycles * sum(purge for _, _, purge in CYCLE)
        plant = cycles(simulated.world, None, start, asked.cycles)
        made = cycles(simulated.world, sampler, start + span, asked.cycles)
        rate = sum(len(each.exchange.tags) / each.exchange.every for each in sampler.outlooks)
        print(f"{asked.cycles} cycles of the shipped reactor, {rate:.0f} values a simulated second")
        print(f"plant alone        {plant}")
        print(f"plant and samples  {made}")
        print(f"samples alone      {Timing(max(made.cpu - plant.cpu, 1e-9), made.simulated, made.values)}")
        speed = made.simulated / made.cpu
        print(f"aim {AIM:.0f} x: {'reached' if speed >= AIM else 'missed'}")

    run_virtual(measure)


if __name__ == "__main__":
    main()
