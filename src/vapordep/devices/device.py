"""Devices: an instrument is its table of signals, the exchanges that fill it, and the writers that command it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vapordep.devices.framing import Framing
from vapordep.devices.line import Frame, Line
from vapordep.devices.signals import Channel, Polled, Readings, Setpoint, Signal

Option = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered: maker, model, serial number and firmware, empty where the instrument does not tell."""

    maker: str
    model: str
    serial: str = ""
    firmware: str = ""


class Device(ABC):
    """One instrument on a line. Making and connecting one reads at most; only a writer ever changes it."""

    manual: ClassVar[str]
    """Which manual the bytes come from."""
    signals: ClassVar[Mapping[str, Signal]]
    polls: ClassVar[tuple[Polled[Any], ...]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        table = {name: item for base in reversed(cls.__mro__) for name, item in vars(base).items()}
        cls.signals = {name: item for name, item in table.items() if isinstance(item, Signal)}
        cls.polls = tuple(item for item in table.values() if isinstance(item, Polled))

    def __init__(self, name: str, line: Line, options: Mapping[str, Option]) -> None:
        self.name = name
        self.line = line
        self.options = options
        self.framing = self.make_framing()

    @abstractmethod
    def make_framing(self) -> Framing:
        """The framing of this instrument, from its options; raises ReactorError for an option it does not know."""

    @abstractmethod
    async def identify(self) -> Identity:
        """Asks who it is; writes nothing. Raises WrongInstrument when another instrument answers."""

    async def check_units(self) -> None:
        """Compares the units the instrument is set to with this driver's; raises WrongInstrument where they differ."""
        return

    async def ask(self, payload: bytes, *, within: float | None = None, urgent: bool = False) -> bytes:
        """One exchange on the line in this instrument's framing."""
        return await self.line.ask(payload, self.framing, within=within, urgent=urgent)

    async def obey(self, frame: Frame, *, urgent: bool = False) -> None:
        """Sends a frame made beforehand and judges its reply."""
        frame.accept(await self.ask(frame.payload, urgent=urgent))

    async def read(self, exchange: Polled[Any]) -> Readings:
        """Asks once; values are in the units of the signals."""
        readings: Readings = await exchange.function(self)
        return readings

    async def write(self, channel: Channel, value: float, *, urgent: bool = False) -> None:
        """Commands one output to `value`, in the unit of its signal.

        Raises InstrumentRefused, NoReply, ProtocolError, LineLost.
        """
        signal = self._output(channel)
        where = () if channel.index is None else (channel.index,)
        if signal.encode is not None:
            await self.obey(signal.encode(self, *where, value), urgent=urgent)
        elif signal.write is not None:
            await signal.write(self, *where, value)
        else:
            raise TypeError(f"{type(self).__name__}.{channel.name} has neither a writer nor a frame")

    def frame(self, channel: Channel, value: float) -> Frame:
        """The bytes that would command `channel` to `value`; only for outputs that declare a frame."""
        encode = self._output(channel).encode
        if encode is None:
            raise TypeError(f"{type(self).__name__}.{channel.name} declares no frame: it cannot be pulsed")
        where = () if channel.index is None else (channel.index,)
        frame: Frame = encode(self, *where, value)
        return frame

    def _output(self, channel: Channel) -> Setpoint:
        signal = self.signals[channel.name]
        if not isinstance(signal, Setpoint):
            raise TypeError(f"{type(self).__name__}.{channel.name} is read only")
        return signal
