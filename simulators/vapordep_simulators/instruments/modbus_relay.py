"""Relay board, Waveshare Modbus RTU Relay and PoE ETH Relay (B); from the maker's wiki pages of the same names."""

import math
import struct
from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep_simulators.instruments import _modbus
from vapordep_simulators.instruments._modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Refused
from vapordep_simulators.instruments._settings import whole

ON: Final = 0xFF00
OFF: Final = 0x0000
TOGGLE: Final = 0x5500
ALL: Final = 0x00FF
FLASH_ON: Final = 0x0200
FLASH_OFF: Final = 0x0400
FLASH_STEP: Final = 0.1
"""Unit of a flash, s."""
LONGEST_FLASH: Final = 0x7FFF
ADDRESS_REGISTER: Final = 0x4000
VERSION_REGISTER: Final = 0x8000
VERSION: Final = 200
"""2.00"""


class ModbusRelay(_modbus.ModbusInstrument):
    """Relays with change-over contacts, and as many isolated inputs.

    Terminals: `valve[n]` is driven to 1 by relay n on, to 0 by off; `input[n]` is read, on from 0.5. A relay acts when
    the whole frame is there. Options: `address` (1), `framing` rtu | tcp, `baud` (9600), `channels` (8).
    """

    manual = "Waveshare wiki, Modbus RTU Relay (protocol V2) and Modbus POE ETH Relay (B)"
    think = 0.002

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.channels = whole(options, "channels", 8, 1, 32)
        self.on = [False] * self.channels
        self._flash: dict[int, tuple[float, bool]] = {}

    def power_up(self, now: float) -> None:
        """All relays are off after switching on."""
        for relay in range(self.channels):
            self._set(relay, False, now)

    def feed(self, data: bytes, now: float) -> Replies:
        """Answers requests; flashes that end before `now` end first."""
        self.speak(now)
        return super().feed(data, now)

    def speak(self, now: float) -> Replies:
        """Ends the flashes that are due; says nothing."""
        if not self._flash:
            return []
        for relay, (end, after) in sorted(self._flash.items(), key=lambda item: item[1][0]):
            if end <= now:
                self._set(relay, after, end)
        return []

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """The relays as they were last told, one that flashes until its time is over; and what the inputs will read."""
        found = self._foretold_inputs(terminals, times)
        for relay in range(self.channels):
            if (terminal := f"valve[{relay}]") in terminals:
                end, after = self._flash.get(relay, (math.inf, False))
                if end == math.inf:
                    found[terminal] = Shown.steady(float(self.on[relay]), times)
                else:
                    found[terminal] = Shown.of(np.where(times < end, float(self.on[relay]), float(after)))
        return found

    def _foretold_inputs(self, terminals: Collection[str], times: Floats) -> dict[str, Shown]:
        if not any(terminal.startswith("input") for terminal in terminals):
            return {}
        points = {name: self.wiring.get(name) for n in range(self.channels) if (name := f"input[{n}]") in terminals}
        truth = self.world.values({point for point in points.values() if point is not None}, times)
        nothing = np.zeros(len(times))
        return {
            name: Shown.of(nothing if point is None else (truth[point] >= 0.5).astype(np.float64))
            for name, point in points.items()
        }

    def obey(self, function: int, body: bytes, now: float) -> bytes:
        """FC01 relays, FC02 inputs, FC05 one relay (on, off, toggle, flash; 00FF all), FC0F several, FC03 registers."""
        match function:
            case 0x01:
                return _modbus.packed(self._window(self.on, body))
            case 0x02:
                return _modbus.packed(self._window(self._inputs(now), body))
            case 0x03:
                return self._register(body)
            case 0x05:
                self._write_one(*_modbus.pair(body), now)
                self.actuations += 1
                return body
            case 0x0F:
                self._write_several(*_modbus.block(body, self.channels, bits=True), now)
                self.actuations += 1
                return body[:4]
        raise Refused(ILLEGAL_FUNCTION)

    def _window(self, bits: list[bool], body: bytes) -> list[bool]:
        first, count = _modbus.span(body, 2000)
        if first + count > len(bits):
            raise Refused(ILLEGAL_ADDRESS)
        return bits[first : first + count]

    def _inputs(self, now: float) -> list[bool]:
        points = [self.wiring.get(f"input[{n}]") for n in range(self.channels)]
        return [point is not None and self.world.read(point, now) >= 0.5 for point in points]

    def _register(self, body: bytes) -> bytes:
        registers = {ADDRESS_REGISTER: self.address, VERSION_REGISTER: VERSION}
        first, count = _modbus.span(body, 1)
        if first not in registers:
            raise Refused(ILLEGAL_ADDRESS)
        return struct.pack(">BH", 2 * count, registers[first])

    def _write_one(self, address: int, value: int, now: float) -> None:
        kind, relay = address & 0xFF00, address & 0x00FF
        if kind in (FLASH_ON, FLASH_OFF) and relay < self.channels:
            self._begin_flash(relay, kind == FLASH_ON, value, now)
        elif address != ALL and address >= self.channels:
            raise Refused(ILLEGAL_ADDRESS)
        elif value not in (ON, OFF, TOGGLE):
            raise Refused(ILLEGAL_VALUE)
        else:
            for each in range(self.channels) if address == ALL else (address,):
                self._set(each, not self.on[each] if value == TOGGLE else value == ON, now)

    def _write_several(self, first: int, count: int, data: bytes, now: float) -> None:
        if first + count > self.channels:
            raise Refused(ILLEGAL_ADDRESS)
        bits = int.from_bytes(data, "little")
        for place in range(count):
            self._set(first + place, bool(bits >> place & 1), now)

    def _begin_flash(self, relay: int, state: bool, steps: int, now: float) -> None:
        if not 1 <= steps <= LONGEST_FLASH:
            raise Refused(ILLEGAL_VALUE)
        self._set(relay, state, now)
        self._flash[relay] = (now + steps * FLASH_STEP, not state)
        self._plan()

    def _set(self, relay: int, state: bool, now: float) -> None:
        """Any command to a relay also ends its flash."""
        if self._flash.pop(relay, None) is not None:
            self._plan()
        self.on[relay] = state
        point = self.wiring.get(f"valve[{relay}]")
        if point is not None:
            self.world.drive(point, float(state), now)

    def _plan(self) -> None:
        self.next_speech = min((end for end, _ in self._flash.values()), default=math.inf)
