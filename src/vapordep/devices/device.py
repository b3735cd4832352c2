"""Devices: an instrument is its table of signals, the exchanges that fill it, and the writers that command it."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from vapordep.devices.frames import Frame
from vapordep.devices.framing import Framing
from vapordep.devices.line import Line
from vapordep.devices.options import Option
from vapordep.devices.signals import Channel, Polled, Readings, Setpoint, Signal
from vapordep.errors import InstrumentRefused
from vapordep.lazy import dataclass
from vapordep.units import Dimension

_asked: ContextVar[list[float]] = ContextVar("asked")
"""When each question of the reading under way went out, s on the clock."""
_urgent: ContextVar[bool | None] = ContextVar("urgent", default=None)
"""None in a reading that may be interrupted, else whether what is under way is urgent, so no driver hands it on."""
_insists: ContextVar[bool] = ContextVar("insists", default=False)


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
        for name, item in cls.signals.items():
            if isinstance(item, Setpoint) and not cls.signals.keys() >= set(item.disturbs):
                raise TypeError(f"{cls.__name__}.{name} disturbs what is no signal of {cls.__name__}")
        for exchange in cls.polls:
            if not cls.filled_by(exchange) <= cls.signals.keys():
                raise TypeError(f"{cls.__name__}.{exchange.name} fills what is no signal of {cls.__name__}")

    @classmethod
    def filled_by(cls, exchange: Polled[Any]) -> frozenset[str]:
        """Names of the signals that an exchange fills: those it declares, else all that no other one declares."""
        if exchange.fills:
            return frozenset(signal.name for signal in exchange.fills)
        return frozenset(cls.signals) - {signal.name for other in cls.polls for signal in other.fills}

    def __init__(self, name: str, line: Line, options: Mapping[str, Option]) -> None:
        self.name = name
        self.line = line
        self.options = options
        self.wanted = frozenset(channel for signal in self.signals.values() for channel in signal.channels())
        """The channels that somebody reads; an exchange may leave out the others."""
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

    def range(self, channel: Channel) -> tuple[float, float]:
        """Lowest and highest value an output takes, in the unit of its signal; a smaller model narrows it."""
        signal = self.signals[channel.name]
        return signal.low, signal.high

    async def ask(self, payload: bytes, *, within: float | None = None) -> bytes:
        """One exchange on the line in this instrument's framing; raises NoReply, ProtocolError, LineLost."""
        urgent = _urgent.get()
        reply = await self.line.ask(
            payload, self.framing, within=within, urgent=bool(urgent), preemptible=urgent is None
        )
        _asked.get([]).append(self.line.began)
        return reply

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Within it nobody else's exchange comes between those of this instrument, unless an urgent one interrupts."""
        async with self.line.together(urgent=bool(_urgent.get())):
            yield

    async def obey(self, frame: Frame) -> None:
        """Sends a frame made beforehand and judges its reply."""
        frame.accept(await self.ask(frame.payload))

    async def read(self, exchange: Polled[Any], *, urgent: bool = False) -> Readings:
        """Asks once; values are in the units of the signals. An urgent one passes all that wait.

        Raises NoReply, ProtocolError, LineLost, InstrumentRefused, and Preempted when it is not urgent.
        """
        async with self.line.claimed(urgent=urgent):
            return (await self.poll(exchange, urgent=urgent))[1]

    async def poll(self, exchange: Polled[Any], *, urgent: bool = False) -> tuple[float, Readings]:
        """The same for who asks regularly, before whom no line is cleared; also when its question went out, in s."""
        asked: list[float] = []
        before, noted = _urgent.set(True if urgent else None), _asked.set(asked)
        try:
            readings: Readings = await exchange.function(self)
        finally:
            _urgent.reset(before)
            _asked.reset(noted)
        return min(asked, default=self.line.clock.now()), readings

    async def write(self, channel: Channel, value: float, *, urgent: bool = False, insist: bool = False) -> None:
        """Commands one output to `value`, in the unit of its signal; an urgent one comes before all readings.

        One that insists is sent although the value may stand there already: a driver asks that as `self.insists`.
        Raises InstrumentRefused (also for a value outside `range`), ReadbackMismatch, NoReply, ProtocolError, LineLost.
        """
        signal = self._output(channel)
        self._check_range(channel, value)
        before, insisted = _urgent.set(urgent), _insists.set(insist)
        try:
            async with self.line.claimed(urgent=urgent):
                await self._obey_write(signal, channel, value)
        finally:
            _urgent.reset(before)
            _insists.reset(insisted)

    @property
    def insists(self) -> bool:
        """Whether what is under way must be written even where the instrument says that it stands there already."""
        return _insists.get()

    async def _obey_write(self, signal: Setpoint, channel: Channel, value: float) -> None:
        where = () if channel.index is None else (channel.index,)
        if signal.encode is not None:
            await self.obey(signal.encode(self, *where, value))
        elif signal.write is not None:
            await signal.write(self, *where, value)
        else:
            raise TypeError(f"{type(self).__name__}.{channel.name} has neither a writer nor a frame")

    async def pulse(self, channel: Channel, width: float) -> None:
        """Lets the instrument itself time a pulse of `width` s, on the device's own clock."""
        signal = self._output(channel)
        if signal.time_pulse is None:
            raise TypeError(f"{type(self).__name__}.{channel.name} cannot time a pulse itself")
        where = () if channel.index is None else (channel.index,)
        before = _urgent.set(False)
        try:
            await signal.time_pulse(self, *where, width)
        finally:
            _urgent.reset(before)

    def frame(self, channel: Channel, value: float) -> Frame:
        """The bytes that would command `channel` to `value`; only for outputs that declare a frame."""
        self._check_range(channel, value)
        encode = self._output(channel).encode
        if encode is None:
            raise TypeError(f"{type(self).__name__}.{channel.name} declares no frame: it cannot be pulsed")
        where = () if channel.index is None else (channel.index,)
        frame: Frame = encode(self, *where, value)
        return frame

    def _check_range(self, channel: Channel, value: float) -> None:
        low, high = self.range(channel)
        unit = self.signals[channel.name].unit
        if unit.dimension is Dimension.STATE and value not in (0.0, 1.0):
            raise InstrumentRefused(f"{channel} is off (0) or on (1), not {value:g}", where=self.name)
        if not low <= value <= high:  # NaN too
            raise InstrumentRefused(
                f"{channel} takes {low:g} to {high:g} {unit}, not {value:g}", where=self.name, remedy="ask for less"
            )

    def _output(self, channel: Channel) -> Setpoint:
        signal = self.signals[channel.name]
        if not isinstance(signal, Setpoint):
            raise TypeError(f"{type(self).__name__}.{channel.name} is read only")
        return signal
