"""Read-back: asks an instrument what its outputs stand at, by the poll that holds them."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from vapordep.devices import Channel, Device, Doubt
from vapordep.devices.replies import Preempted
from vapordep.devices.signals import Polled, Readings
from vapordep.errors import ReadbackMismatch
from vapordep.model.outputs import Output
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import shown
from vapordep.units import Dimension, to_si

TOLERANCE = 0.002
"""How far a setpoint may read back from what was written, as a part of the output's range: rounding of displays."""


Heard = Callable[[Device, Polled[Any], float, Readings, Collection[Channel]], None]
"""Takes all that an instrument told, when it was asked, s on the clock, and which channels it was asked for."""


class ReadBack:
    """Remembers which poll of each instrument fills which channel."""

    def __init__(self) -> None:
        self.heard: Heard = lambda device, exchange, asked, readings, channels: None
        """A poll that a read-back kept waiting has thus not been missed: its values must not go stale for it."""
        self._polls: dict[tuple[str, Channel], Polled[Any]] = {}

    async def read(
        self, device: Device, channels: Collection[Channel], *, urgent: bool = False
    ) -> Mapping[Channel, float | Doubt]:
        """What the channels stand at, in the units of their signals; those that no poll holds are missing.

        An urgent one does not queue behind polls, which may be waiting for an instrument on the same line that is mute.
        Raises NoReply, ProtocolError, LineLost, InstrumentRefused.
        """
        found: dict[Channel, float | Doubt] = {}
        for exchange in self._exchanges(device, channels):
            if len(found) == len(channels):
                break
            readings = await self._asked(device, exchange, channels, urgent)
            for channel in channels:
                reading = readings.get(channel)
                if reading is None:
                    reading = readings.get(device.signals[channel.name])
                if reading is not None:
                    self._polls[device.name, channel] = exchange
                    found[channel] = reading
        return found

    def knows(self, device: Device, channels: Collection[Channel]) -> bool:
        """Whether it is known which polls hold all of the channels."""
        return all((device.name, channel) in self._polls for channel in channels)

    async def _asked(
        self, device: Device, exchange: Polled[Any], channels: Collection[Channel], urgent: bool
    ) -> Readings:
        """One exchange; a reading that had to give way to an urgent command is asked again."""
        while True:
            try:
                async with device.line.claimed(urgent=urgent):
                    asked, readings = await device.poll(exchange, urgent=urgent)
            except Preempted:
                continue
            self.heard(device, exchange, asked, readings, channels)
            return readings

    def _exchanges(self, device: Device, channels: Collection[Channel]) -> list[Polled[Any]]:
        """The polls to ask: those known to hold the channels, else all of them until the channels turn up."""
        known = [self._polls.get((device.name, channel)) for channel in channels]
        needed = list(dict.fromkeys([exchange for exchange in known if exchange is not None]))
        return needed if None not in known else [*needed, *(e for e in device.polls if e not in needed)]


def check(output: Output, tag: Tag, wanted: float, reading: float | Doubt) -> tuple[float, Quality]:
    """The value read back in SI and its quality; raises ReadbackMismatch when it is not the `wanted` one (SI).

    A heater's setpoint that the instrument itself doubts is not in force, as in manual mode.
    """
    value, quality = (reading.value, reading.quality) if isinstance(reading, Doubt) else (reading, Quality.GOOD)
    actual = to_si(value, output.unit)
    if is_doubted(output, quality) or not abs(actual - wanted) <= tolerance(output):  # NaN is a mismatch too
        told = reading.why if isinstance(reading, Doubt) else shown(actual, tag)
        raise ReadbackMismatch(
            f"{output.tag} was set to {shown(wanted, tag)}, the instrument reports {told}",
            where=output.tag,
            remedy="look whether the instrument is in local mode or limits the value itself",
        )
    return actual, quality


def tolerance(output: Output) -> float:
    """How far an output may read back from what was written, in SI."""
    return TOLERANCE * (output.high - output.low)


def is_doubted(output: Output, quality: Quality) -> bool:
    """Whether an instrument says of a heater's setpoint that it is not in force."""
    return quality is not Quality.GOOD and output.unit.dimension is Dimension.TEMPERATURE
