"""MKS 946 vacuum system controller with gauges and flow controllers; from manual 100018121 and that of the 937B."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from vapordep.errors import SimulationError
from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Dimension, Pa, Torr, Unit, from_si, mbar, micron, sccm, to_si
from vapordep_simulators.instruments._mks_channels import ERRORS, FlowChannel, GaugeChannel, Nak, Relay, number
from vapordep_simulators.instruments._mks_commands import COMMANDS, among, command, on_off, value_of
from vapordep_simulators.instruments._mks_parts import CHANNELS, ION, Flows, Relays
from vapordep_simulators.instruments._settings import Wire, one_of, quantity, whole

UNITS: Final = {"TORR": Torr, "MBAR": mbar, "PASCAL": Pa, "MICRON": micron}
KINDS: Final = ("CM", "PR", "CP", "CV", "CC", "HC", "FC", "NC")
RELAYS: Final = 12
ANYBODY: Final = 254
_MESSAGE: Final = re.compile(r"@(\d{3})([A-Z]+)(\d*)(.?)(.*)")
_END: Final = b";FF"
_LONGEST: Final = 120
_BAUDS: Final = ("9600", "19200", "38400", "57600", "115200")
_REFRESH: Final = 0.05


class Mks946(Relays, Flows):
    """Three slots with modules, two channels a slot: slot A has 1 and 2, B has 3 and 4, C has 5 and 6.

    Terminals: `pressure[n-1]` (Pa) of the gauge on channel n, `flow[n-1]` and `flow_setpoint[n-1]` (mol/s) of the flow
    controller there; a channel that is not wired has no gauge. Options: `address` (253), `modules` ("CM,NC,NC"; CM
    capacitance, PR Pirani, CP convection, CC and HC ion gauges on the first channel of their slot, FC flow, NC none),
    `full_scale` of CM (1333.22 Pa) and `flow_range` of FC (100 sccm), each also as `full_scale[n-1]`; `units` (TORR),
    `serial_number`, `old_firmware` (replies without @), `baud` (9600; 0 means no time on the wire).
    """

    manual = "MKS Series 946 Operation and Maintenance Manual 100018121 rev A, chapter 9; MKS 937B manual, chapter 9"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.address = whole(options, "address", 253, 1, 253)
        self.modules = self._modules(str(options.get("modules", "CM,NC,NC")))
        self.units = one_of(options, "units", "TORR", tuple(UNITS))
        self.codes = True
        self.locked = False
        self._baud = whole(options, "baud", 9600, 0, 10_000_000)
        self._wire = Wire(self._baud, 0.01)
        self._at = b"" if options.get("old_firmware") else b"@"
        self._heard = bytearray()
        self.gauges: dict[int, GaugeChannel] = {}
        self.flows: dict[int, FlowChannel] = {}
        for channel in range(1, CHANNELS + 1):
            self._connect(channel)
        self.relays = {n: Relay() for n in range(1, RELAYS + 1)}

    @staticmethod
    def _modules(text: str) -> list[str]:
        modules = [part.strip().upper() for part in text.split(",")]
        if len(modules) > 3 or any(module not in KINDS for module in modules):
            raise SimulationError(f"modules are {text!r}", remedy=f"name at most three of {', '.join(KINDS)}")
        return modules + ["NC"] * (3 - len(modules))

    def _connect(self, channel: int) -> None:
        kind = self.kind(channel)
        point = self.wiring.get(f"pressure[{channel - 1}]")
        if kind == "FC":
            self._connect_flow(channel)
        elif kind != "NC" and point is not None and not (kind in ION and channel % 2 == 0):
            full = quantity(self.options, "full_scale", to_si(10.0, Torr), Dimension.PRESSURE, channel - 1)
            self.gauges[channel] = GaugeChannel(kind, point, full, self.unit)
            self._make_display(channel)

    def _connect_flow(self, channel: int) -> None:
        flow, setpoint = (self.wiring.get(f"{word}[{channel - 1}]") for word in ("flow", "flow_setpoint"))
        if flow is not None:
            most = quantity(self.options, "flow_range", to_si(100.0, sccm), Dimension.MOLAR_FLOW, channel - 1)
            tag = f"{self.name}.flow[{channel - 1}]"
            high = from_si(most, sccm)
            display = Display(self.seed, tag, sccm, _REFRESH, noise=5e-4 * most, digits=4, low=-high, high=1.1 * high)
            self.flows[channel] = FlowChannel(flow, setpoint, high, display)

    def _make_display(self, channel: int) -> None:
        gauge = self.gauges[channel]
        tag = f"{self.name}.pressure[{channel - 1}]"
        gauge.display = Display(
            self.seed, tag, self.unit, _REFRESH, noise=gauge.noise, relative_noise=gauge.relative_noise, digits=4
        )

    @property
    def unit(self) -> Unit:
        """In which it counts pressures."""
        return UNITS[self.units]

    def kind(self, channel: int) -> str:
        """The module that a channel belongs to."""
        return self.modules[(channel - 1) // 2]

    # --- bytes ------------------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on every flow controller is closed."""
        for flow in self.flows.values():
            flow.drive(self.world, now)

    def feed(self, data: bytes, now: float) -> Replies:
        """Answers every message to its address, or to 254, that ends with ;FF; whatever stands before @ is noise."""
        self._heard += data
        replies: Replies = []
        while (end := self._heard.find(_END)) >= 0:
            message = self._heard[:end].decode("latin-1").upper()
            del self._heard[: end + len(_END)]
            parsed = _MESSAGE.fullmatch(message[max(message.rfind("@"), 0) :])
            if parsed and int(parsed[1]) in (self.address, ANYBODY):
                said = self._say(parsed[2], parsed[3], parsed[4], parsed[5].strip(), now)
                replies.append((self._wire.delay(now, end + len(_END), len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown] | None:
        """The gauges as PR would tell them; an ion gauge, which switches itself off when it is asked, only so."""
        channels = {f"pressure[{n - 1}]": n for n in range(1, CHANNELS + 1)}
        wanted = {terminal: n for terminal, n in channels.items() if terminal in terminals}
        if any(self.kind(n) in (*ION, "FC") for n in wanted.values()):
            return None
        gauges = {terminal: self.gauges.get(n) for terminal, n in wanted.items()}
        points = {gauge.point for gauge in gauges.values() if gauge}
        truth = self.world.values(points, times)
        return {
            terminal: gauge.readings(truth[gauge.point], times) if gauge else Shown.nothing(times)
            for terminal, gauge in gauges.items()
        }

    def _say(self, word: str, index: str, sign: str, parameter: str, now: float) -> bytes:
        head = self._at + b"%03d" % self.address
        try:
            return head + b"ACK" + self._obey(word, index, sign, parameter, now).encode() + _END
        except Nak as nak:
            text = str(nak.code) if self.codes else ERRORS[nak.code]
            return head + b"NAK" + text.encode() + _END

    def _obey(self, word: str, index: str, sign: str, parameter: str, now: float) -> str:
        answer, signs = COMMANDS.get((word, bool(index)), (None, ""))
        if answer is None:
            raise Nak(160)
        if not sign or sign not in signs:
            raise Nak(175)
        if (sign == "?") == bool(parameter):
            raise Nak(169)
        if sign == "!" and self.locked and word != "SPM":
            raise Nak(161)
        return answer(self, int(index or 0), parameter, now)

    # --- gauges -----------------------------------------------------------------------------------------------------

    def _gauge(self, channel: int) -> GaugeChannel:
        if not 1 <= channel <= CHANNELS:
            raise Nak(163)
        if channel not in self.gauges:
            raise Nak(150 if self.kind(channel) == "FC" else 151)
        return self.gauges[channel]

    def _ion(self, channel: int) -> GaugeChannel:
        gauge = self._gauge(channel)
        if gauge.kind not in ION:
            raise Nak(152)
        return gauge

    @command("PR", indexed=True, signs="?")
    def _pressure(self, channel: int, parameter: str, now: float) -> str:
        if 1 <= channel <= CHANNELS and channel not in self.gauges and self.kind(channel) != "FC":
            return "NOGAUGE"
        gauge = self._gauge(channel)
        return gauge.text(self.world.read(gauge.point, now), now)

    @command("PRZ", indexed=False, signs="?")
    def _pressures(self, index: int, parameter: str, now: float) -> str:
        """Every channel, a blank between two; one with a flow controller has no gauge."""
        return " ".join(
            self._pressure(n, parameter, now) if self.kind(n) != "FC" else "NOGAUGE" for n in range(1, CHANNELS + 1)
        )

    @command("CP", indexed=True)
    def _power(self, channel: int, parameter: str, now: float) -> str:
        gauge = self._gauge(channel)
        if gauge.kind == "CM":
            raise Nak(152)
        if parameter:
            gauge.switch(on_off(parameter), now)
        return "ON" if gauge.on else "OFF"

    @command("T", indexed=True, signs="?")
    def _status(self, channel: int, parameter: str, now: float) -> str:
        if 1 <= channel <= CHANNELS and self.kind(channel) in ION and channel not in self.gauges:
            return "N"
        gauge = self._ion(channel)
        gauge.text(self.world.read(gauge.point, now), now)
        return gauge.letter(now)

    @command("DG", indexed=True)
    def _degas(self, channel: int, parameter: str, now: float) -> str:
        gauge = self._ion(channel)
        if gauge.kind != "HC":
            raise Nak(153)
        if parameter:
            wanted = on_off(parameter)
            if wanted and (not gauge.on or from_si(self.world.read(gauge.point, now), Torr) > 1e-5):
                raise Nak(199)
            gauge.degas = wanted
        return "ON" if gauge.degas else "OFF"

    @command("PRO", indexed=True)
    def _protection(self, channel: int, parameter: str, now: float) -> str:
        gauge = self._ion(channel)
        if parameter:
            wanted = to_si(value_of(parameter), self.unit)
            if not 1e-5 <= from_si(wanted, Torr) <= 1e-2:
                raise Nak(172)
            gauge.protect = wanted
        return number(from_si(gauge.protect, self.unit), 2)

    # --- the controller itself --------------------------------------------------------------------------------------

    @command("U", indexed=False)
    def _units(self, index: int, parameter: str, now: float) -> str:
        if parameter:
            self.units = among(parameter, tuple(UNITS))
            for channel, gauge in self.gauges.items():
                gauge.unit = self.unit
                self._make_display(channel)
        return self.units

    @command("MT", indexed=False, signs="?")
    def _module_types(self, index: int, parameter: str, now: float) -> str:
        return ",".join(self.modules)

    @command("FV", indexed=True, signs="?")
    def _firmware(self, index: int, parameter: str, now: float) -> str:
        if not 1 <= index <= 6:
            raise Nak(163)
        return "1.20"

    @command("AD", indexed=False)
    def _address(self, index: int, parameter: str, now: float) -> str:
        if parameter:
            if not parameter.isdigit() or not 1 <= int(parameter) <= 253:
                raise Nak(169)
            self.address = int(parameter)
        return f"{self.address:03d}"

    @command("BR", indexed=False)
    def _baud_rate(self, index: int, parameter: str, now: float) -> str:
        if parameter:
            self._baud = int(among(parameter, _BAUDS))
            self._wire = Wire(self._baud, 0.01)
        return str(self._baud)

    @command("SEM", indexed=False)
    def _error_mode(self, index: int, parameter: str, now: float) -> str:
        self.codes = among(parameter, ("CODE", "TXT")) == "CODE" if parameter else self.codes
        return "CODE" if self.codes else "TXT"

    @command("SPM", indexed=False)
    def _parameter_setting(self, index: int, parameter: str, now: float) -> str:
        self.locked = among(parameter, ("ENABLE", "DISABLE")) == "DISABLE" if parameter else self.locked
        return "DISABLE" if self.locked else "ENABLE"

    @command("MD", indexed=False, signs="?")
    def _model(self, index: int, parameter: str, now: float) -> str:
        return "946"

    @command("SN", indexed=False, signs="?")
    def _serial_number(self, index: int, parameter: str, now: float) -> str:
        return str(self.options.get("serial_number", "0946000001"))
