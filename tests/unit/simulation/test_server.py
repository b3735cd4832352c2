"""Simulated instruments on loopback ports: bytes, delays, arrivals of what moves valves, ground truth, and bounds."""

import asyncio
import json
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from tests.unit.instruments.fake_world import FakeWorld
from vapordep.clock import WallClock
from vapordep.errors import SimulationError
from vapordep.simulation.instrument import SimInstrument
from vapordep.simulation.server import Served, serve
from vapordep_simulators.instruments.alicat import Alicat
from vapordep_simulators.instruments.eurotherm import Eurotherm
from vapordep_simulators.instruments.modbus_relay import ModbusRelay

pytestmark = pytest.mark.wall

OPEN, CLOSE = (bytes.fromhex(f"0001 0000 0006 01 05 0000 {value}") for value in ("FF00", "0000"))
POLL = bytes.fromhex("0001 0000 0006 01 01 0000 0008")


class TruthfulWorld(FakeWorld):
    """A world that tells its points, and how far it has been taken along."""

    advanced = 0.0

    def truth(self, t: float) -> Mapping[str, Any]:
        return {"points": self.points, "odd": (math.nan, math.inf), "asked_at": t}

    def advance(self, until: float) -> float:
        self.advanced = until
        return until


def instruments(world: FakeWorld) -> dict[str, SimInstrument]:
    def make(model: type[SimInstrument], name: str, wiring: dict[str, str], **options: Any) -> SimInstrument:
        return model(name, world, wiring, options, 1)  # type: ignore[arg-type]

    world.points |= {"flow": 0.0, "stage.temperature": 298.15, "stage.power": 0.0}
    return {
        "mfc": make(Alicat, "mfc", {"flow": "flow", "flow_setpoint": "setpoint"}),
        "valves": make(ModbusRelay, "valves", {"valve[0]": "TMA.valve"}, framing="tcp"),
        "stage": make(Eurotherm, "stage", {"temperature": "stage.temperature"}, framing="tcp", noise=0.0),
    }


@asynccontextmanager
async def served(world: FakeWorld) -> AsyncIterator[Served]:
    clock = WallClock()
    running = await serve(instruments(world), world, clock)  # type: ignore[arg-type]
    try:
        yield running
    finally:
        await running.close()
        clock.close()


def over_tcp(scene: Callable[[Served, TruthfulWorld], Awaitable[None]]) -> None:
    async def play() -> None:
        world = TruthfulWorld()
        async with asyncio.timeout(60), served(world) as running:
            await scene(running, world)

    asyncio.run(play())


async def ask(port: int, *messages: bytes, size: int = 0) -> bytes:
    """What a new connection is answered: `size` bytes for each message, or a line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reply = b""
    try:
        for message in messages:
            writer.write(message)
            reply += await (reader.readexactly(size) if size else reader.readline())
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return reply


async def edges(running: Served, since: int = 0) -> Any:
    return json.loads(await ask(running.truth_port, b"edges %d\n" % since))


def test_each_instrument_answers_at_its_port_after_its_delay() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        reader, writer = await asyncio.open_connection("127.0.0.1", running.ports["mfc"])
        writer.write(b"AS10\rAVE\r")
        assert (await reader.readuntil(b"\r")).split()[5] == b"+010.00"
        assert (await reader.readuntil(b"\r")).startswith(b"A   10v20")
        assert loop.time() - began >= 0.025 + 0.02
        assert set(running.ports) == {"mfc", "valves", "stage"}
        writer.close()

    over_tcp(scene)


def test_an_independent_client_reads_and_writes_the_modbus_instruments() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        stage = AsyncModbusTcpClient("127.0.0.1", port=running.ports["stage"])
        valves = AsyncModbusTcpClient("127.0.0.1", port=running.ports["valves"])
        assert await stage.connect()
        assert await valves.connect()
        assert (await stage.read_holding_registers(1, count=5, device_id=1)).registers[0] == 250
        assert not (await stage.write_register(24, 1000, device_id=1)).isError()
        assert not (await stage.write_registers(24, [900], device_id=1)).isError()
        assert (await stage.read_input_registers(24, count=1, device_id=1)).registers == [900]
        assert (await stage.read_holding_registers(9999, count=1, device_id=1)).exception_code == 2
        assert not (await valves.write_coil(0, True, device_id=1)).isError()
        assert not (await valves.write_coils(1, [True, False, True], device_id=1)).isError()
        assert (await valves.read_coils(0, count=8, device_id=1)).bits == [True, True, False, True] + 4 * [False]
        assert (await valves.write_coil(8, True, device_id=1)).exception_code == 2
        stage.close()
        valves.close()

    over_tcp(scene)


def test_arrivals_that_moved_valves_are_noted_at_their_instant_and_polls_are_not() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        clock = WallClock()
        before = clock.now()
        await ask(running.ports["valves"], POLL, size=10)
        await ask(running.ports["valves"], OPEN, CLOSE, size=12)
        after = clock.now()
        told = await edges(running)
        assert [(name, frame) for _, name, frame in told["edges"]] == [("valves", OPEN.hex()), ("valves", CLOSE.hex())]
        first, second = (t for t, _, _ in told["edges"])
        assert before - 1e-3 < first < second < after + 1e-3
        assert world.drives == [("TMA.valve", 1.0, first), ("TMA.valve", 0.0, second)]
        assert (await edges(running, 1))["edges"] == told["edges"][1:]
        assert await edges(running, told["next"]) == {"edges": [], "next": 2}

    over_tcp(scene)


def test_an_arrival_is_stamped_while_the_loop_is_busy() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        clock = WallClock()
        with socket.create_connection(("127.0.0.1", running.ports["valves"])) as peer:
            await ask(running.ports["valves"], POLL, size=10)
            peer.sendall(OPEN)
            sent = clock.now()
            while clock.now() < sent + 0.05:
                pass
            while not (told := await edges(running))["edges"]:
                pass  # each question lets the loop go round
        assert told["edges"][0][0] == pytest.approx(sent, abs=0.01)

    over_tcp(scene)


def test_the_truth_is_told_as_json_without_nan() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        truth = json.loads(await ask(running.truth_port, b"truth\n"), parse_constant=pytest.fail)
        assert truth["points"]["stage.temperature"] == 298.15
        assert truth["odd"] == [None, None]
        assert truth["t"] == truth["asked_at"]

    over_tcp(scene)


@pytest.mark.parametrize("line", [b"\n", b"nonsense\n", b"edges -1\n", b"edges 1 2\n", b"\xff\xfe\n"])
def test_other_questions_are_told_what_may_be_asked(line: bytes) -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        assert "ask `truth`" in json.loads(await ask(running.truth_port, line))["error"]

    over_tcp(scene)


def test_a_line_without_end_is_cut_off() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        assert await ask(running.truth_port, b"x" * 5000) == b""
        assert json.loads(await ask(running.truth_port, b"truth\n"))["t"] > 0.0

    over_tcp(scene)


def test_streaming_goes_to_all_who_are_connected() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        streams = [await asyncio.open_connection("127.0.0.1", running.ports["mfc"]) for _ in range(2)]
        await ask(running.ports["mfc"], b"A\r", size=49)
        streams[0][1].write(b"A@ @\r")
        for reader, _ in streams:
            for _ in range(3):
                assert (await reader.readuntil(b"\r")).startswith(b"@ +014")
        streams[0][1].write(b"@@ A\r")
        while not (await streams[0][0].readuntil(b"\r")).startswith(b"A "):
            pass
        for _, writer in streams:
            writer.close()

    over_tcp(scene)


def test_whoever_comes_too_many_is_sent_away_and_a_place_becomes_free_again() -> None:
    async def scene(running: Served, world: TruthfulWorld) -> None:
        guests = [await asyncio.open_connection("127.0.0.1", running.ports["mfc"]) for _ in range(5)]
        assert await guests[4][0].read() == b""
        for _, writer in guests:
            writer.close()
        reply = b""
        while not reply:  # until the server, too, has seen them go
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                reply = await ask(running.ports["mfc"], b"AVE\r", size=37)
        assert reply.startswith(b"A   10v20")

    over_tcp(scene)


def test_nothing_answers_any_more_once_it_is_closed() -> None:
    async def play() -> None:
        world = TruthfulWorld()
        async with served(world) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.ports["mfc"])
        assert await reader.read() == b""
        writer.close()
        for port in (*running.ports.values(), running.truth_port):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(play())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.5", "example.org", ""])  # noqa: S104 - it must be refused
def test_it_serves_this_computer_only(host: str) -> None:
    async def play() -> None:
        with pytest.raises(SimulationError, match="this computer only"):
            await serve({}, TruthfulWorld(), WallClock(), host=host)  # type: ignore[arg-type]

    asyncio.run(play())
