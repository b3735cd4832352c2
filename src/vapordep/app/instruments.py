"""The instruments of a reactor: drivers on lines, and one line for all that share a wire."""

import asyncio
from collections.abc import Callable, Mapping

from vapordep.clock import Clock
from vapordep.devices.catalogue import driver
from vapordep.devices.device import Device, Identity
from vapordep.devices.line import Line
from vapordep.devices.signals import Channel
from vapordep.devices.transport import Transport
from vapordep.devices.transports.resource import open_transport
from vapordep.errors import InstrumentError, NoReply, ProtocolError
from vapordep.lazy import dataclass
from vapordep.model.instruments import Instrument
from vapordep.model.reactor import Reactor

Wire = tuple[Instrument, ...]
"""Instruments on one resource."""
MakeTransport = Callable[[Wire], Transport]


@dataclass(frozen=True, slots=True)
class Instruments:
    """Devices by their names in the reactor file, and their lines by resource."""

    devices: Mapping[str, Device]
    lines: Mapping[str, Line]

    async def connect(self) -> dict[str, Identity]:
        """Opens every line and asks who answers and in which units; writes nothing.

        Raises LineLost, NoReply, WrongInstrument and their like, naming the instrument.
        """
        await asyncio.gather(*(line.open() for line in self.lines.values()))
        found = await asyncio.gather(*(self._recognise(device) for device in self.devices.values()))
        return dict(zip(self.devices, found, strict=True))

    async def connect_most(self) -> dict[str, Identity | InstrumentError]:
        """The same, but of an instrument that does not answer it gives the error instead."""
        opened = await asyncio.gather(*(line.open() for line in self.lines.values()), return_exceptions=True)
        lost = {id(line): error for line, error in zip(self.lines.values(), opened, strict=True) if error is not None}
        found = await asyncio.gather(
            *(self._recognise(device) for device in self.devices.values() if id(device.line) not in lost),
            return_exceptions=True,
        )
        answers = iter(found)
        told = {n: lost.get(id(d.line)) or next(answers) for n, d in self.devices.items()}
        return {name: _identity_or_error(answer) for name, answer in told.items()}

    async def close(self) -> None:
        """Closes every line."""
        await asyncio.gather(*(line.close() for line in self.lines.values()))

    async def _recognise(self, device: Device) -> Identity:
        try:
            try:
                return await _told(device)
            except (NoReply, ProtocolError):  # one spoilt frame is no other instrument
                return await _told(device)
        except InstrumentError as error:
            error.where = f"{device.name} ({error.where or device.line.where})"
            raise


async def _told(device: Device) -> Identity:
    identity = await device.identify()
    await device.check_units()
    return identity


def _identity_or_error(answer: Identity | BaseException) -> Identity | InstrumentError:
    if isinstance(answer, Identity | InstrumentError):
        return answer
    raise answer


def instruments(reactor: Reactor, clock: Clock, make_transport: MakeTransport) -> Instruments:
    """Drivers on their lines; raises ReactorError for an option that a driver does not know. Nothing is opened yet."""
    wires: dict[str, list[Instrument]] = {}
    for instrument in reactor.instruments.values():
        wires.setdefault(instrument.line, []).append(instrument)
    lines = {resource: Line(make_transport(tuple(wire)), clock) for resource, wire in wires.items()}
    devices = {
        name: driver(instrument.driver, instrument.where)(name, lines[instrument.line], instrument.options)
        for name, instrument in reactor.instruments.items()
    }
    return Instruments(devices, lines)


def real_transport(clock: Clock) -> MakeTransport:
    """Transports as the reactor file names them."""
    return lambda wire: open_transport(wire[0].line, wire[0].options, clock)


def channels(reactor: Reactor, device: Device) -> dict[Channel, str]:
    """The tag of each channel of a device that has one."""
    wired = {(cell.signal, cell.index): tag for cell, tag in reactor.wiring.items() if cell.instrument == device.name}
    every = (channel for signal in device.signals.values() for channel in signal.channels())
    return {channel: wired[channel.name, channel.index] for channel in every if (channel.name, channel.index) in wired}
