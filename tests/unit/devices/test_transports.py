"""Transports: what a resource string names, TCP on loopback, and a serial port that is a pseudo-terminal."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import pytest

from vapordep.clock import WallClock, run_virtual, run_wall
from vapordep.devices import Line, Transport
from vapordep.devices.framings import Terminator
from vapordep.devices.transports import open_transport
from vapordep.devices.transports.tcp import TcpTransport
from vapordep.devices.transports.visa import VisaTransport
from vapordep.errors import LineLost, NoReply, ReactorError

CR = Terminator(b"\r", reply_within=30.0)


@pytest.mark.parametrize(
    ("resource", "host", "port"),
    [
        ("TCPIP::192.168.0.31::4001::SOCKET", "192.168.0.31", 4001),
        ("tcp://gauge.lab:502", "gauge.lab", 502),
        ("modbus+tcp://192.168.0.200:4196", "192.168.0.200", 4196),
        ("tcp://[::1]:4001", "::1", 4001),
    ],
)
def test_sockets_are_tcp(resource: str, host: str, port: int) -> None:
    transport = open_transport(resource, {}, WallClock())
    assert isinstance(transport, TcpTransport)
    assert (transport.host, transport.port, transport.where) == (host, port, resource)


def test_other_resources_are_visa_with_serial_settings() -> None:
    options = {"baud": 19200, "parity": "even", "stop_bits": 2, "data_bits": 7, "unit": "A"}
    transport = open_transport("ASRL/dev/ttyUSB0::INSTR", options, WallClock())
    assert isinstance(transport, VisaTransport)
    assert transport.settings == {"baud": 19200, "parity": "even", "stop_bits": 2, "data_bits": 7}
    for resource in ("ASRL3::INSTR", "GPIB0::12::INSTR", "USB0::0x1AB1::0x0588::DS1K00005888::INSTR"):
        assert isinstance(open_transport(resource, {}, WallClock()), VisaTransport)


@pytest.mark.parametrize(
    "resource", ["", "COM3", "tcp://host", "tcp://host:99999", "tcp://:502", "http://host:80", "/dev/ttyUSB0"]
)
def test_what_names_no_line_is_refused(resource: str) -> None:
    with pytest.raises(ReactorError):
        open_transport(resource, {}, WallClock())


@pytest.mark.parametrize("options", [{"baud": "fast"}, {"parity": "E"}, {"stop_bits": 3}])
def test_wrong_serial_settings_are_refused(options: dict[str, str | int]) -> None:
    with pytest.raises(ReactorError):
        open_transport("ASRL3::INSTR", options, WallClock())


def test_a_real_socket_has_no_place_in_virtual_time() -> None:
    async def main(clock: object) -> None:
        await open_transport("tcp://127.0.0.1:9", {}, clock).open()  # type: ignore[arg-type]

    with pytest.raises(Exception, match="virtual time"):
        run_virtual(main)


# --- TCP --------------------------------------------------------------------------------------------------------------

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[object, object, None]]


@asynccontextmanager
async def tcp_to(handler: Handler, clock: WallClock) -> AsyncIterator[Transport]:
    ended = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                await handler(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            ended.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        transport = open_transport(f"tcp://127.0.0.1:{port}", {}, clock)
        await transport.open()
        try:
            yield transport
        finally:
            await transport.close()
            await ended.wait()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(b"<" + data)


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"last")


@pytest.mark.wall
def test_bytes_over_tcp() -> None:
    async def main(clock: WallClock) -> None:
        async with tcp_to(echo, clock) as transport:
            line = Line(transport, clock)
            assert await line.ask(b"Q", CR) == b"<Q"
            sender = threading.Thread(target=transport.send, args=(b"from a thread\r",))
            sender.start()
            assert await transport.receive(clock.now() + 30.0) == b"<from a thread\r"
            sender.join()
            began = clock.now()
            assert await transport.receive(began) == b""
            assert await transport.receive(began + 0.05) == b""
            assert clock.now() - began >= 0.05

    run_wall(main)


@pytest.mark.wall
def test_tcp_tells_silence_from_loss() -> None:
    async def main(clock: WallClock) -> None:
        async with tcp_to(mute, clock) as transport:
            with pytest.raises(NoReply):
                await Line(transport, clock).ask(b"Q", CR, within=0.05)
        async with tcp_to(hang_up, clock) as transport:
            transport.send(b"Q")
            assert await transport.receive(clock.now() + 30.0) == b"last"
            with pytest.raises(LineLost):
                await transport.receive(clock.now() + 30.0)
            await transport.close()
            with pytest.raises(LineLost):
                transport.send(b"Q")
            with pytest.raises(LineLost):
                await transport.receive(clock.now() + 30.0)
            await transport.close()
        with pytest.raises(LineLost, match="cannot connect"):
            await transport.open()

    run_wall(main)


# --- VISA -------------------------------------------------------------------------------------------------------------


@pytest.mark.wall
@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX")
def test_bytes_over_a_serial_port() -> None:
    ours, theirs = os.openpty()
    answering = threading.Thread(target=_answer, args=(ours,), daemon=True)

    async def main(clock: WallClock) -> None:
        resource = f"ASRL{os.ttyname(theirs)}::INSTR"
        transport = VisaTransport(resource, {"baud": 19200}, clock, library="@py")
        line = Line(transport, clock)
        await line.open()
        answering.start()
        assert await line.ask(b"Q", CR) == b"<Q"
        assert await line.ask(b"a longer question", CR) == b"<a longer question"
        with pytest.raises(LineLost, match="cannot open"):
            await VisaTransport(resource, {}, clock, library="@py").open()
        await _urgent_passes_slow(line, clock)
        await line.close()
        with pytest.raises(LineLost, match="not open"):
            transport.send(b"Q")

    try:
        run_wall(main)
    finally:
        os.close(theirs)
        os.close(ours)


async def _urgent_passes_slow(line: Line, clock: WallClock) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_expect_no_reply(line))
        await clock.sleep(0.1)
        began = clock.now()
        assert await line.ask(b"safe", CR, urgent=True) == b"<safe"
        assert clock.now() - began < 2.5, "two slices and the quiet gap, on a busy machine"


async def _expect_no_reply(line: Line) -> None:
    with pytest.raises(NoReply):
        await line.ask(b"mute", CR, within=5.0)


def _answer(port: int) -> None:
    heard = b""
    while True:
        try:
            heard += os.read(port, 100)
        except OSError:
            return
        while b"\r" in heard:
            line, _, heard = heard.partition(b"\r")
            if line != b"mute":
                os.write(port, b"<" + line + b"\r")


@pytest.mark.wall
def test_a_port_that_is_not_there_is_lost() -> None:
    async def main(clock: WallClock) -> None:
        with pytest.raises(LineLost, match="cannot open"):
            await VisaTransport("ASRL/dev/no-such-port::INSTR", {}, clock, library="@py").open()

    run_wall(main)


@pytest.mark.wall
@pytest.mark.skipif(os.name == "nt", reason="the system's own error is one of POSIX")
def test_a_port_that_does_not_bear_its_settings_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pseudo terminal refuses parity: with an error that is no OSError."""
    import termios

    def refuse(self: VisaTransport, port: object) -> None:
        raise termios.error(22, "Invalid argument")

    monkeypatch.setattr(VisaTransport, "_set_up_port", refuse)

    async def main(clock: WallClock) -> None:
        _, theirs = os.openpty()
        with pytest.raises(LineLost, match=r"cannot open: \(22, 'Invalid argument'\)"):
            await VisaTransport(f"ASRL{os.ttyname(theirs)}::INSTR", {}, clock, library="@py").open()

    run_wall(main)
