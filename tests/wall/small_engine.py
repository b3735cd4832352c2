"""A small engine for tests: the real instruments, safety core and guarding of a reactor, doing one thing at a time.

Usage: `python small_engine.py REACTOR WHAT`; WHAT is `idle`, `ramp`, `dose`, `purge`, `deaf` (ignores orders) ...
It says what it does on its standard error stream.
"""

import asyncio
import sys
from pathlib import Path

from vapordep.app.instruments import real_transport
from vapordep.app.running.connection import Connection
from vapordep.app.served.guarded import Guarded, Order, pipes
from vapordep.chemistry import substrate
from vapordep.clock import WallClock, run_wall
from vapordep.model.commands import Command, Pulse, Source
from vapordep.reactor import read_reactor
from vapordep.units import degC, sccm, to_si


def tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Small:
    """Arms, and does what it is told until an order ends it."""

    def __init__(self, file: Path, what: str, clock: WallClock) -> None:
        self.clock = clock
        self.what = what
        self.connection = Connection(read_reactor(file), substrate("lithium"), clock, real_transport(clock))
        self.connection.logs.append(lambda event: tell(f"event: {event.text}"))
        self.protection = self.connection.core.protection
        self.ended = asyncio.Event()
        self.orders, self.signs = pipes()

    def obey(self, order: Order, why: str) -> None:
        tell(f"order: {order} {why}")
        if order is not Order.ABORT:
            self.ended.set()

    async def run(self) -> None:
        async with self.connection.opened(), asyncio.TaskGroup() as group:
            await self.connection.first_readings()
            guarded = Guarded(self.protection, self.connection.reactor, self.clock, self.orders, self.signs, self.obey)
            life = group.create_task(guarded.run())
            await self.protection.arming.arm()
            tell("armed")
            work = group.create_task(self.work())
            await self.ended.wait()
            work.cancel()
            report = await self.protection.arming.disarm("ending")
            tell(f"ended: {report.ok}")
            await self.clock.sleep(0.2)
            life.cancel()

    async def command(self, tag: str, value: float) -> None:
        await self.protection.gate.command(Command(tag, value, Source.OPERATOR, "a test"))

    async def work(self) -> None:
        await self.command("pump.valve", 1.0)
        await self.command("carrier.valve", 1.0)
        await self.command("carrier.flow_setpoint", to_si(40.0, sccm))
        for zone in ("walls", "stage", "lines"):
            await self.command(f"{zone}.setpoint", to_si(100.0, degC))
        tell("energised")
        await self.clock.sleep(1.0)
        while self.what == "dose":
            pulse = Pulse("TMA.valve", self.clock.now() + 0.2, 20.0, "a test")
            await self.protection.gate.pulse(pulse)


def main() -> None:
    async def perform(clock: WallClock) -> None:
        await Small(Path(sys.argv[1]), sys.argv[2], clock).run()

    run_wall(perform)


if __name__ == "__main__":
    main()
