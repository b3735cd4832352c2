"""Inficon SQM-160 quartz crystal monitor (RS-232, USB or Ethernet, 19200 8N1, length and CRC). Manual: 074-511-P1, 8.

One sensor of the six is read, that of the option `sensor`. The crystal's frequency is what it measures; thickness and
rate are worked out by the monitor itself from the film's density, tooling and Z-ratio, which are compared with the
reactor file when it names them. It tells them as its display does, so the display must be in angstrom.

A crystal whose frequency lies outside the limits of the monitor (C?) has failed: then there is no value, whatever is
told. Not sure, since the pages were not at hand: that thickness is in kA (the third decimal being one angstrom,
as on the display), and what is told of a crystal that does not oscillate. Y, which forgets what it told, is not asked.
"""

import re
from math import inf

from vapordep.devices import Device, Frame, Framing, Identity, Options, Reading, Readings, bad, poll, readback, setpoint
from vapordep.devices.framings.length_crc import LengthCrc
from vapordep.errors import InstrumentRefused, ProtocolError, WrongInstrument
from vapordep.units import Dimension, Hz, Unit, angstrom, from_si, percent, state, unit

SENSORS = 6
NUMBER = re.compile(r"-?\d+(?:\.\d*)?")
STATES = {"C": "it does not know this command", "D": "it does not take these data"}
"""Of the first letter of a reply; A is accepted."""
DISPLAYS = ("angstrom", "nm", "frequency", "mass")
"""The third field of B?."""
KILO = 1000.0
"""Angstrom in the unit in which it tells thickness."""
THICKEST, FASTEST = 1e4, 1e4
"""No film is thicker, in kA (1 mm), nor grows faster, in A/s: a reply that tells more answers another question."""
GRAM = unit("g/cm3", Dimension.DENSITY)
angstrom_per_s = unit("angstrom/s", Dimension.GROWTH_RATE)


class Sqm160(Device):
    """One quartz crystal: its frequency, and what the monitor makes of it."""

    manual = "Inficon SQM-160 Operating Manual 074-511-P1, chapter 8"

    frequency = readback(Hz, low=1e6, high=1e7)
    thickness = readback(angstrom, low=-KILO * THICKEST, high=KILO * THICKEST)
    rate = readback(angstrom_per_s, low=-FASTEST, high=FASTEST)
    life = readback(percent, low=0.0, high=100.0, doc="what is left between its highest and its lowest frequency")
    shutter = setpoint(state, low=0.0, high=1.0, doc="its shutter relay")

    def make_framing(self) -> Framing:
        """Length and CRC; options `sensor` (1) and of its film `film` (1), `density`, `tooling`, `z_ratio`."""
        known = ("sensor", "film", "density", "tooling", "z_ratio")
        options = Options(self.options, self.name, known)
        self.sensor = options.integer("sensor", 1, low=1, high=SENSORS)
        self.film = options.integer("film", 1, low=1, high=99)
        self.wanted_film = {
            "density": _in_unit(options.quantity("density", Dimension.DENSITY), GRAM),
            "tooling": _in_unit(options.quantity("tooling", Dimension.FRACTION), percent),
            "z_ratio": options.quantity("z_ratio", Dimension.FRACTION),
        }
        self._limits: tuple[float, float] | None = None
        return LengthCrc(reply_within=options.reply_within(0.5))

    async def identify(self) -> Identity:
        """Its version (@), and that it has the sensor (J); the limits of a good crystal are asked anew."""
        version = await self._text("@")
        found = re.fullmatch(r"(MON|SQM-?160) Ver (\S+)", version)
        if found is None:
            raise WrongInstrument(f"@ is answered {version!r}, not 'MON Ver <number>'", where=self.name)
        sensors = int(await self._number("J"))
        if self.sensor > sensors:
            what = f"it has {sensors} sensors, and none of the number {self.sensor}"
            raise WrongInstrument(what, where=self.name, remedy="correct sensor")
        self._limits = None
        await self._good()
        return Identity("Inficon", "SQM-160", firmware=found[2])

    async def check_units(self) -> None:
        """Its display must be in angstrom (B?), and its film (A?) that of the options."""
        fields = _fields(await self._text("B?"))
        display = DISPLAYS[int(fields[2])] if len(fields) == 11 and fields[2] in "0123" else f"{fields}"
        if display != "angstrom":
            remedy = "set its display mode to angstrom"
            raise WrongInstrument(f"it shows {display}, not angstrom", where=self.name, remedy=remedy)
        for (key, wanted), told in zip(self.wanted_film.items(), await self._film(), strict=False):
            if wanted is not None and abs(float(told) - wanted) > _half_a_digit(told):
                what = f"{key} of film {self.film} is {told}, not {wanted:g}"
                raise WrongInstrument(what, where=self.name, remedy=f"set it at the monitor, or correct {key}")

    async def _film(self) -> list[str]:
        """The seven numbers of its film (A?): density, tooling and Z-ratio first.

        The name before them takes eight characters and may hold spaces; where it is not filled up the last seven count.
        """
        told = await self._text(f"A{self.film}?", strip=False)
        for numbers in (_fields(told)[-7:], _fields(told[8:])):
            if len(numbers) == 7 and all(map(NUMBER.fullmatch, numbers)):
                return numbers
        raise ProtocolError(f"film {self.film} is told as {told!r}, not a name and seven numbers", where=self.name)

    @poll(every=0.1, stale_after=1.0, fills=(frequency,))
    async def _frequency(self) -> Readings:
        """Ten times a second, as often as it measures."""
        return {self.frequency: await self._crystal()}

    @poll(every=0.5, stale_after=2.0, fills=(thickness, rate))
    async def _growth(self) -> Readings:
        """Nothing of both while the crystal has failed."""
        crystal = await self._crystal()
        if not isinstance(crystal, float):
            return {self.thickness: crystal, self.rate: crystal}
        return {
            self.thickness: KILO * await self._number(f"N{self.sensor}", THICKEST),
            self.rate: await self._number(f"L{self.sensor}?", FASTEST),
        }

    @poll(every=5.0, stale_after=15.0, fills=(life,))
    async def _life(self) -> Readings:
        return {self.life: await self._number(f"R{self.sensor}", 100.0)}

    @poll(every=1.0, stale_after=5.0, fills=(shutter,))
    async def _shutter(self) -> Readings:
        told = await self._text("U?")
        if told not in ("0", "1"):
            raise ProtocolError(f"U? is answered {told!r}, not 0 or 1", where=self.name)
        return {self.shutter: float(told)}

    @shutter.frame
    def _move_shutter(self, value: float) -> Frame:
        return Frame(f"U{value:.0f}".encode(), self._obeyed)

    def _obeyed(self, reply: bytes) -> None:
        told = self._accepted("U", reply)
        if told:
            raise ProtocolError(f"U is answered {told!r}, with more than its acknowledgement", where=self.name)

    async def _crystal(self) -> Reading:
        """Its frequency in Hz, or BAD when that is none of a good crystal."""
        hertz, (low, high) = await self._number(f"P{self.sensor}"), await self._good()
        if not low <= hertz <= high:
            return bad(f"crystal {self.sensor} has failed: {hertz:.2f} Hz is outside {low:g} to {high:g} Hz")
        return hertz

    async def _good(self) -> tuple[float, float]:
        """Lowest and highest frequency of a good crystal, Hz (C?, in MHz)."""
        if self._limits is None:
            fields = _fields(await self._text("C?"))
            if len(fields) != 7 or not all(NUMBER.fullmatch(field) for field in fields):
                raise ProtocolError(f"C? is answered {fields}, not with seven numbers", where=self.name)
            self._limits = 1e6 * float(fields[0]), 1e6 * float(fields[1])
        return self._limits

    async def _number(self, question: str, most: float = inf) -> float:
        """A number of at most that size: a frequency, say, is none where a thickness was asked for.

        No reply tells which question it answers, and a thickness that is none would end a film.
        """
        told = await self._text(question)
        if not NUMBER.fullmatch(told):
            raise ProtocolError(f"{question} is answered {told!r}, which is no number", where=self.name)
        if abs(float(told)) > most:
            what = f"{question} is answered {told!r}, which is more than {most:g}"
            raise ProtocolError(what, where=self.name, remedy="look for another client of the monitor, or for an echo")
        return float(told)

    async def _text(self, question: str, *, strip: bool = True) -> str:
        told = self._accepted(question, await self.ask(question.encode()))
        return told.strip() if strip else told

    def _accepted(self, question: str, reply: bytes) -> str:
        """What stands behind the status letter A; raises InstrumentRefused for another one."""
        text = reply.decode("ascii", "backslashreplace")
        if text[:1] in STATES:
            raise InstrumentRefused(f"{question} is refused: {STATES[text[0]]}", where=self.name)
        if text[:1] != "A":
            raise ProtocolError(f"{question} is answered {text!r}, which begins with no status", where=self.name)
        return text[1:]


def _fields(told: str) -> list[str]:
    """What stands between spaces or commas."""
    return re.split(r"[\s,]+", told.strip())


def _in_unit(value: float | None, its: Unit) -> float | None:
    return None if value is None else from_si(value, its)


def _half_a_digit(number: str) -> float:
    """By how much what is told with so many decimals may differ from what is meant."""
    return 0.501 * 10.0 ** -len(number.partition(".")[2])
