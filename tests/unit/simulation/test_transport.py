"""The transport to simulated instruments: delays, unasked speech, a shared wire, and few turns of the loop."""

import math

import pytest

from vapordep.clock import VirtualClock, WallClock, run_virtual, run_wall
from vapordep.simulation.instrument import Replies, SimInstrument
from vapordep.simulation.transport import SimulatedTransport


class Parrot(SimInstrument):
    """Repeats what it hears after `delay` s, in two pieces; says `name` every `every` s when that is finite."""

    manual = "none"

    def __init__(self, name: str, delay: float = 0.004, every: float = math.inf) -> None:
        self.name = name
        self.delay = delay
        self.every = every
        self.next_speech = every

    def feed(self, data: bytes, now: float) -> Replies:
        return [(self.delay, data[:1]), (2 * self.delay, data[1:])]

    def speak(self, now: float) -> Replies:
        self.next_speech = now + self.every
        return [(0.001, self.name.encode())]


def test_pieces_come_at_their_instants() -> None:
    async def main(clock: VirtualClock) -> None:
        wire = SimulatedTransport(Parrot("a"), clock=clock)
        await wire.open()
        wire.send(b"xyz")
        assert await wire.receive(1.0) == b"x"
        assert clock.now() == 0.004
        assert await wire.receive(1.0) == b"yz"
        assert clock.now() == 0.008
        assert await wire.receive(0.05) == b""
        assert clock.now() == 0.05
        assert await wire.receive(0.01) == b"", "a deadline that has passed gives what is there"
        assert clock.now() == 0.05

    run_virtual(main)


def test_an_instrument_may_speak_unasked() -> None:
    async def main(clock: VirtualClock) -> None:
        wire = SimulatedTransport(Parrot("a", every=0.1), clock=clock)
        await wire.open()
        heard = []
        while data := await wire.receive(0.35):
            heard.append((clock.now(), data))
        assert [data for _, data in heard] == [b"a"] * 3
        assert [instant for instant, _ in heard] == pytest.approx([0.101, 0.201, 0.301])

    run_virtual(main)


def test_all_instruments_on_a_wire_hear_all() -> None:
    async def main(clock: VirtualClock) -> None:
        wire = SimulatedTransport(Parrot("a"), Parrot("b", delay=0.003), clock=clock)
        await wire.open()
        wire.send(b"xy")
        heard = b""
        while data := await wire.receive(1.0):
            heard += data
        assert heard == b"xxyy"

    run_virtual(main)


def test_closing_forgets_what_is_on_the_way() -> None:
    async def main(clock: VirtualClock) -> None:
        wire = SimulatedTransport(Parrot("a"), clock=clock)
        await wire.open()
        wire.send(b"xy")
        await wire.close()
        await wire.open()
        assert await wire.receive(1.0) == b""

    run_virtual(main)


def test_an_exchange_costs_one_sleep() -> None:
    """What makes a dry run fast: receiving sleeps straight to the piece that is due."""
    steps: list[float] = []

    class Steps:
        def advance(self, until: float) -> float:
            steps.append(until)
            return until

    async def main(clock: VirtualClock) -> None:
        wire = SimulatedTransport(Parrot("a"), clock=clock)
        await wire.open()
        clock.loop.world = Steps()
        wire.send(b"xyz")
        await wire.receive(1.0)
        assert steps == [clock.now()]

    run_virtual(main)


@pytest.mark.wall
def test_on_the_wall_clock_it_takes_its_time() -> None:
    async def main(clock: WallClock) -> None:
        wire = SimulatedTransport(Parrot("a", delay=0.02), clock=clock)
        await wire.open()
        began = clock.now()
        wire.send(b"xy")
        assert await wire.receive(began + 60.0) == b"x"
        assert clock.now() - began >= 0.02

    run_wall(main)


def test_every_instrument_on_a_wire_counts_what_reached_it_and_what_it_said_unasked() -> None:
    async def main(clock: VirtualClock) -> None:
        one, other = Parrot("a", every=0.1), Parrot("b")
        wire = SimulatedTransport(one, other, clock=clock)
        await wire.open()
        wire.send(b"xyz")
        wire.send(b"xyz")
        assert (one.heard, other.heard) == (2, 2)
        while clock.now() < 0.25:
            await wire.receive(0.25)
        assert (one.heard, other.heard) == (4, 2), "it may read otherwise once it has said something"

    run_virtual(main)
