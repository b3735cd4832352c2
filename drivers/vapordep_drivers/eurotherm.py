"""Eurotherm 2000, 2400, 3200 and 3500 temperature controllers on Modbus (9600 8N1). Manual: HA028651, section 15.5.

Setpoints go to the target setpoint (register 2), whose memory is good for about 100 000 writes. So a ramp is never a
stream of writes: one write gives the target, and the controller itself goes there at its rate limit (register 35).
The remote setpoint (26) does not wear, but where it is fitted it falls back unless it is renewed every few seconds,
and not every model puts it through the rate limit. Writing what stands there already is left out.

By hand, at its front panel, it gives the manual output (register 3) whatever its setpoint says: then off means that
this output is taken to 0 too, and every other setpoint is refused.
"""

import struct
from collections import deque

from vapordep.devices import Device, Framing, Identity, Options, Reading, Readings, bad, poll, readback, uncertain
from vapordep.devices import setpoint as output
from vapordep.devices.framings import modbus
from vapordep.errors import InstrumentRefused, ReadbackMismatch, WrongInstrument
from vapordep.units import K, K_per_min, Unit, degC, degF, from_si, percent, to_si

PROCESS_VALUE, TARGET, MANUAL_OUTPUT, WORKING_OUTPUT = 1, 2, 3, 4
RANGE_LOW, RATE_LIMIT, STATUS, UNITS, DECIMALS = 11, 35, 75, 516, 525
MANUAL, SENSOR_BREAK, OVER_RANGE = 1 << 4, 1 << 5, 1 << 10
"""Bits of the instrument status."""
LOWEST, HIGHEST = -0x8000, 0x7FFF
"""The ends of a signed word: what stands there is beyond what it can tell, and no temperature."""
DISPLAY_UNITS = {"C": degC, "F": degF, "K": K}
"""In the order of register 516."""
OUTPUT_SCALE = 10.0
"""Outputs have one decimal, in percent."""
MOST_WRITES, PERIOD = 60, 3600.0
"""More target setpoints than this in so many s are a ramp by stream: refused."""
REST = 0.02
"""A question that comes sooner after its last reply, in s, it does not hear."""
OFF = 0.0
"""degC: below any room, so that the controller gives no power."""


class Eurotherm(Device):
    """One control loop: a temperature, its setpoint with a rate limit, and the power it gives."""

    manual = "Eurotherm 3200 Engineering Handbook HA028651, section 15.5; 2000 Series Communications Handbook 026230"

    temperature = readback(degC, low=-200.0, high=1400.0)
    power = readback(percent, low=-100.0, high=100.0)
    working_setpoint = readback(degC, low=-200.0, high=1400.0)
    setpoint = output(degC, low=-200.0, high=1400.0, off=OFF, disturbs=("rate",))
    rate = output(K_per_min, low=0.0, high=999.9, doc="0: no limit, the setpoint steps")

    def make_framing(self) -> Framing:
        """Modbus RTU (or TCP behind a gateway); options `address`, `framing`, `decimals` and `units`."""
        options = Options(self.options, self.name, ("address", "framing", "decimals", "units"))
        self.decimals = options.integer("decimals", 1, low=0, high=2)
        self.letter = options.word("units", "C", among=DISPLAY_UNITS)
        self._display: Unit = DISPLAY_UNITS[self.letter]
        self._scale = 10.0**self.decimals
        self._written: deque[float] = deque(maxlen=MOST_WRITES)
        framing = modbus.framing(options, self.line.where)
        framing.rest = REST
        return framing

    async def identify(self) -> Identity:
        """It has no name: a range that a controller can have, with the process value inside, must do."""
        low, high = (self._degrees(word) for word in await self._read(RANGE_LOW, 2))
        value, status = self._degrees((await self._read(PROCESS_VALUE, 1))[0]), (await self._read(STATUS, 1))[0]
        inside = low - 50.0 <= value <= high + 50.0 or status & (SENSOR_BREAK | OVER_RANGE)
        if not (-273.2 <= low < high <= 3000.0 and inside):
            told = f"range {low:g} to {high:g} degC, process value {value:g} degC"
            remedy = "check address and decimals"
            raise WrongInstrument(f"no temperature controller: {told}", where=self.name, remedy=remedy)
        return Identity("Eurotherm", "2000 or 3000 series")

    async def check_units(self) -> None:
        """Compares display unit and decimals with the options, where the model tells them.

        Not every model has these two registers: one that refuses them, or holds 0 in both, does not tell.
        """
        units, decimals = await self._told(UNITS), await self._told(DECIMALS)
        if not units and not decimals:
            return
        letters = "".join(DISPLAY_UNITS)
        letter = self.letter if units is None else letters[units] if 0 <= units < len(letters) else "?"
        decimals = self.decimals if decimals is None else decimals
        if (letter, decimals) != (self.letter, self.decimals):
            raise WrongInstrument(
                f"it shows {letter} with {decimals} decimals, not {self.letter} with {self.decimals}",
                where=self.name,
                remedy="correct units and decimals",
            )

    @poll(every=1.0, stale_after=3.0)
    async def _loop(self) -> Readings:
        """Process value, target, working output and working setpoint in one block; then the status that judges them."""
        value, target, _, output, working = await self._read(PROCESS_VALUE, 5)
        status = (await self._read(STATUS, 1))[0]
        manual = bool(status & MANUAL)
        return {
            self.temperature: self._judged(value, status),
            self.power: output / OUTPUT_SCALE,
            self.working_setpoint: uncertain(self._degrees(working), "manual") if manual else self._degrees(working),
            self.setpoint: uncertain(self._degrees(target), "manual") if manual else self._degrees(target),
        }

    @poll(every=5.0, stale_after=15.0, fills=(rate,))
    async def _rate(self) -> Readings:
        """The rate limit."""
        return {self.rate: (await self._read(RATE_LIMIT, 1))[0] / self._scale * self._display.factor}

    @setpoint.writer
    async def _write_setpoint(self, value: float) -> None:
        """One write of the target. Off comes at once: under a rate limit the heater would follow the ramp down."""
        word = self._word(from_si(to_si(value, degC), self._display), "setpoint")
        if value == self.setpoint.off:
            return await self._turn_off(word)
        if await self._by_hand():
            remedy = "put it in automatic: by hand it ignores its setpoint"
            raise InstrumentRefused("it is in manual at its front panel", where=self.name, remedy=remedy)
        if self.insists or (await self._read(TARGET, 1))[0] != word:
            self._spare_memory()
            await self._write(TARGET, word)

    async def _turn_off(self, word: int) -> None:
        """Says off before it asks anything: one that hears, but whose replies are lost, must not go on heating."""
        await self._write(TARGET, word)
        # Its echo must do: several heaters may share a slow line, and each must be off soon.
        modbus.check(await self.ask(modbus.write_register(RATE_LIMIT, 0)))
        if await self._by_hand():
            await self._cut_manual_output()

    async def _by_hand(self) -> bool:
        """Whether it is in manual, where it ignores its setpoint."""
        return bool((await self._read(STATUS, 1))[0] & MANUAL)

    async def _cut_manual_output(self) -> None:
        """No power by hand; raises ReadbackMismatch when the output does not follow."""
        await self._write(MANUAL_OUTPUT, 0)
        given = (await self._read(WORKING_OUTPUT, 1))[0] / OUTPUT_SCALE
        if given != 0.0:
            what = f"in manual it still gives {given:g} % with its manual output at 0"
            raise ReadbackMismatch(what, where=self.name, remedy="switch the heater off at the panel or at its supply")

    @rate.writer
    async def _write_rate(self, value: float) -> None:
        word = self._word(value / self._display.factor, "rate")
        if value > 0.0 and word == 0:
            raise InstrumentRefused(f"{value:g} K/min is finer than its decimals, and 0 is no limit", where=self.name)
        if self.insists or (await self._read(RATE_LIMIT, 1))[0] != word:
            await self._write(RATE_LIMIT, word)

    def _spare_memory(self) -> None:
        now = self.line.clock.now()
        if len(self._written) == MOST_WRITES and now - self._written[0] < PERIOD:
            raise InstrumentRefused(
                f"{MOST_WRITES} setpoints within {PERIOD:g} s wear out its memory",
                where=self.name,
                remedy="ramp by rate and one setpoint",
            )
        self._written.append(now)

    async def _write(self, register: int, word: int) -> None:
        """Function 6, then reads back what stands there."""
        modbus.check(await self.ask(modbus.write_register(register, word & 0xFFFF)))
        taken = (await self._read(register, 1))[0]
        if taken != word:
            what = f"register {register} holds {taken} after writing {word}"
            raise ReadbackMismatch(what, where=self.name, remedy="check its setpoint limits")

    async def _read(self, register: int, quantity: int) -> tuple[int, ...]:
        """Signed registers, function 3."""
        words = modbus.registers(await self.ask(modbus.read_registers(register, quantity)))
        return struct.unpack(f">{quantity}h", struct.pack(f">{quantity}H", *words))

    async def _told(self, register: int) -> int | None:
        """A register that not every model has."""
        try:
            return (await self._read(register, 1))[0]
        except InstrumentRefused:
            return None

    def _judged(self, word: int, status: int) -> Reading:
        if status & SENSOR_BREAK:
            return bad("sensor break")
        if status & OVER_RANGE or word in (LOWEST, HIGHEST):
            return bad("over range")
        return self._degrees(word)

    def _degrees(self, word: int) -> float:
        return from_si(to_si(word / self._scale, self._display), degC)

    def _word(self, number: float, what: str) -> int:
        word = round(number * self._scale)
        if not -0x7FFF <= word <= 0x7FFF:
            raise InstrumentRefused(f"{what} {number:g} does not fit {self.decimals} decimals", where=self.name)
        return word
