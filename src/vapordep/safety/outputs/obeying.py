"""Obeying: a value is written to an output, read back, and published as it was read; tried once more when it fails."""

from collections.abc import Callable, Sequence

from vapordep.clock import Clock
from vapordep.errors import InstrumentError, InstrumentRefused
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.outputs.deadlines import Deadline
from vapordep.safety.outputs.readback import ReadBack, check
from vapordep.safety.outputs.wires import Wire


class Obeying:
    """Makes outputs obey, and tells what they read back."""

    def __init__(
        self,
        clock: Clock,
        read_back: ReadBack,
        interlocks: Interlocks,
        publish: Callable[[Sequence[Batch]], None],
    ) -> None:
        self._clock = clock
        self._read_back = read_back
        self._interlocks = interlocks
        self.publish = publish

    async def obey(
        self, wire: Wire, value: float, within: float, *, urgent: bool, admit: Callable[[], object] | None = None
    ) -> None:
        """Writes `value` (SI), reads it back and publishes that; tries once more when it did not arrive.

        What may have become wrong meanwhile is asked of `admit`, which raises, whenever time has passed before a write.
        """
        waits = wire.device.line.is_taken
        try:
            await self._write_and_read(wire, value, within, urgent, admit if waits else None)
        except InstrumentRefused:
            raise
        except InstrumentError:
            await self._write_and_read(wire, value, within, urgent, admit)

    async def _write_and_read(
        self, wire: Wire, value: float, within: float, urgent: bool, admit: Callable[[], object] | None
    ) -> None:
        device, channel = wire.device, wire.channel
        async with Deadline(within, wire.output.tag):
            if admit is None:
                await device.write(channel, wire.in_unit(value), urgent=urgent)
            else:
                async with device.line.claimed(urgent=urgent), device.line.together(urgent=urgent):
                    admit()
                    await device.write(channel, wire.in_unit(value), urgent=urgent)
            written = self._clock.now()
            readings = await self._read_back.read(device, (channel,), urgent=urgent)
        if channel in readings:
            self.seen(wire, check(wire.output, wire.tag, value, readings[channel]), written)
        else:  # the instrument cannot tell: believed, but marked
            self.publish([Batch.one(wire.output.tag, self._clock.now(), value, Quality.UNCERTAIN)])

    def seen(self, wire: Wire, shown: tuple[float, Quality], written: float) -> None:
        """Publishes what an output read back as (SI), unless who heard the reply has done so since `written` (s)."""
        tag = wire.output.tag
        newest = self._interlocks.latest.get(tag)
        if newest is None or newest.time < written or (newest.value, newest.quality) != shown:
            self.publish([Batch.one(tag, self._clock.now(), *shown)])
