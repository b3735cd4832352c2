"""Modbus against an independent implementation: pymodbus's server answers our line, its client asks our simulator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.wall.processes import free_port
from vapordep.clock import WallClock, run_wall
from vapordep.devices import Line
from vapordep.devices.framings import modbus as mb
from vapordep.devices.transports import open_transport
from vapordep.errors import InstrumentRefused, NoReply

pytestmark = pytest.mark.wall

UNIT = 7
INPUTS = (1, 6)
REGISTERS = [250, 1000, 0, 333, 65535]


@asynccontextmanager
async def pymodbus_server(framer: FramerType) -> AsyncIterator[int]:
    """A server on a free port of this machine; gives the port."""
    port = free_port()
    coils = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    inputs = [SimData(0, values=[number in INPUTS for number in range(16)], datatype=DataType.BITS)]
    words = [SimData(1, values=list(REGISTERS), datatype=DataType.REGISTERS)]
    device = SimDevice(UNIT, simdata=(coils, inputs, words, words))
    server = ModbusTcpServer(device, framer=framer, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield port
    finally:
        await server.shutdown()


@asynccontextmanager
async def line_to(resource: str, clock: WallClock) -> AsyncIterator[Line]:
    line = Line(open_transport(resource, {}, clock), clock)
    await line.open()
    try:
        yield line
    finally:
        await line.close()


@pytest.mark.parametrize("kind", ["tcp", "rtu"])
def test_a_pymodbus_server_understands_our_line(kind: str) -> None:
    framing = mb.Tcp(UNIT, reply_within=30.0) if kind == "tcp" else mb.Rtu(UNIT, reply_within=30.0)
    framer = FramerType.SOCKET if kind == "tcp" else FramerType.RTU

    async def main(clock: WallClock) -> None:
        async with pymodbus_server(framer) as port, line_to(f"tcp://127.0.0.1:{port}", clock) as line:
            assert mb.registers(await line.ask(mb.read_registers(1, 5), framing)) == tuple(REGISTERS)
            mb.check(await line.ask(mb.write_register(2, 4321), framing))
            assert mb.registers(await line.ask(mb.read_registers(2, 1), framing)) == (4321,)
            mb.check(await line.ask(mb.write_coil(3, 0xFF00), framing))
            coils = mb.bits(await line.ask(mb.read_coils(0, 8), framing))
            assert coils == tuple(number == 3 for number in range(8))
            inputs = mb.bits(await line.ask(mb.read_inputs(0, 8), framing))
            assert inputs == tuple(number in INPUTS for number in range(8))
            with pytest.raises(InstrumentRefused, match="illegal data address"):
                mb.registers(await line.ask(mb.read_registers(900, 1), framing))

    run_wall(main)


def test_another_unit_of_a_pymodbus_server_does_not_answer_for_ours() -> None:
    async def main(clock: WallClock) -> None:
        framing = mb.Tcp(UNIT + 1, reply_within=0.2)
        async with pymodbus_server(FramerType.SOCKET) as port, line_to(f"tcp://127.0.0.1:{port}", clock) as line:
            with pytest.raises((InstrumentRefused, NoReply)):
                mb.registers(await line.ask(mb.read_registers(1, 1), framing))

    run_wall(main)


@pytest.mark.parametrize("kind", ["tcp", "rtu"])
def test_a_pymodbus_client_understands_what_our_framing_sends(kind: str) -> None:
    """Our frames for a request, sent back as the echo that function 5 and 6 are, must satisfy its client."""
    framing = mb.Tcp(UNIT) if kind == "tcp" else mb.Rtu(UNIT)
    framer = FramerType.SOCKET if kind == "tcp" else FramerType.RTU

    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.read(100)
        ours = framing.encode(mb.write_register(2, 250))
        assert ours[2:] == asked[2:] if kind == "tcp" else ours == asked
        writer.write(asked[:2] + ours[2:])
        await writer.drain()
        await reader.read()  # until the client has hung up
        writer.close()
        await writer.wait_closed()
        ended.set()

    async def main(clock: WallClock) -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            client = AsyncModbusTcpClient("127.0.0.1", port=port, framer=framer, timeout=30, reconnect_delay=0)
            await client.connect()
            reply = await client.write_register(2, 250, device_id=UNIT)
            assert not reply.isError()
            assert (reply.address, list(reply.registers)) == (2, [250])
            client.close()
            await ended.wait()

    run_wall(main)
