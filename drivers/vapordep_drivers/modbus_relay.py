"""Waveshare relay boards on Modbus: RTU Relay 8CH and PoE ETH Relay (B). Manual: the maker's wiki pages of these names.

RTU boards: 9600 8N1, address 1. The Ethernet board speaks Modbus TCP on port 4196 by default; it has eight isolated
inputs too, which are asked for only where the reactor file names one. The board can time a pulse itself, in steps of
0.1 s: too coarse for doses, good for slow valves and as a dead man.
"""

from vapordep.devices import Device, Frame, Framing, Identity, Options, Readings, poll, readback, setpoint
from vapordep.devices.framings import modbus
from vapordep.errors import InstrumentRefused, WrongInstrument
from vapordep.units import state

RELAYS = 8
ON, OFF = 0xFF00, 0x0000
FLASH_ON = 0x0200
"""Function 5 at this address + n closes relay n for so many steps, then opens it."""
STEP = 0.1
"""s."""
LONGEST = 0x7FFF
"""Steps."""


class ModbusRelay(Device):
    """Eight relays that drive valves: 1 is on, the valve open as far as it is wired normally closed."""

    manual = "Waveshare wiki, Modbus RTU Relay and Modbus POE ETH Relay (B)"

    valve = setpoint(state, low=0.0, high=1.0, count=RELAYS)
    input = readback(state, low=0.0, high=1.0, count=RELAYS)

    def make_framing(self) -> Framing:
        """Modbus RTU or TCP; options `address` and `framing`."""
        options = Options(self.options, self.name, ("address", "framing"))
        return modbus.framing(options, self.line.where)

    async def identify(self) -> Identity:
        """The board has no name: that it tells the state of exactly eight relays must do."""
        try:
            await self._bits()
        except InstrumentRefused as refused:
            remedy = "check address and port; a board with fewer relays is not known to this driver"
            raise WrongInstrument(f"no board of eight relays: {refused.what}", where=self.name, remedy=remedy) from None
        return Identity("Waveshare", "Modbus relay, 8 channels")

    @poll(every=0.5, stale_after=2.0)
    async def _states(self) -> Readings:
        """All relays in one exchange, function 1."""
        return dict(zip(self.valve.channels(), map(float, await self._bits()), strict=True))

    @poll(every=0.5, stale_after=2.0, fills=(input,))
    async def _inputs(self) -> Readings:
        """All inputs in one exchange, function 2; not asked where none is wired, for other boards would refuse it."""
        bits = modbus.bits(await self.ask(modbus.read_inputs(0, RELAYS)))
        return dict(zip(self.input.channels(), map(float, bits), strict=True))

    async def _bits(self) -> tuple[bool, ...]:
        return modbus.bits(await self.ask(modbus.read_coils(0, RELAYS)))

    @valve.frame
    def _frame(self, index: int, value: float) -> Frame:
        """Function 5, which the board echoes."""
        return Frame(modbus.write_coil(index, ON if value else OFF), modbus.check)

    @valve.pulser(resolution=STEP)
    async def _pulse(self, index: int, width: float) -> None:
        """Opens now; the board closes after `width` s, which must be whole steps."""
        steps = round(width / STEP)
        if not 1 <= steps <= LONGEST or abs(steps * STEP - width) > 1e-6:
            raise InstrumentRefused(
                f"the board times pulses in steps of {STEP} s, not {width:g} s", where=self.name, remedy="time it here"
            )
        modbus.check(await self.ask(modbus.write_coil(FLASH_ON + index, steps)))
