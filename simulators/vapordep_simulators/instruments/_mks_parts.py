"""What an MKS 946 does beside its gauges: setpoint relays and flow controllers, command by command."""

from abc import abstractmethod
from typing import Final

from vapordep.simulation.instrument import SimInstrument
from vapordep.units import Unit, from_si, to_si
from vapordep_simulators.instruments._mks_channels import FlowChannel, GaugeChannel, Nak, Relay, number
from vapordep_simulators.instruments._mks_commands import among, command, value_of

CHANNELS: Final = 6
ION: Final = ("CC", "HC")


class Relays(SimInstrument):
    """Twelve relays, two a channel."""

    gauges: dict[int, GaugeChannel]
    relays: dict[int, Relay]

    @property
    @abstractmethod
    def unit(self) -> Unit:
        """In which it counts pressures."""

    @abstractmethod
    def kind(self, channel: int) -> str:
        """The module that a channel belongs to."""

    def _relay(self, n: int) -> Relay:
        """Relays go in pairs with the channels: 1 and 2 with channel 1."""
        if n not in self.relays:
            raise Nak(163)
        if (n + 1) // 2 not in self.gauges:
            raise Nak(151)
        return self.relays[n]

    @command("SP", indexed=True)
    def _relay_setpoint(self, n: int, parameter: str, now: float) -> str:
        relay = self._relay(n)
        if parameter:
            relay.set_point(to_si(value_of(parameter), self.unit))
        return number(from_si(relay.setpoint, self.unit), 2)

    @command("SH", indexed=True)
    def _relay_hysteresis(self, n: int, parameter: str, now: float) -> str:
        relay = self._relay(n)
        if parameter:
            relay.set_hysteresis(to_si(value_of(parameter), self.unit))
        return number(from_si(relay.hysteresis, self.unit), 2)

    @command("SD", indexed=True)
    def _relay_direction(self, n: int, parameter: str, now: float) -> str:
        relay = self._relay(n)
        if parameter:
            if self.kind((n + 1) // 2) in ION:
                raise Nak(162)
            relay.set_direction(among(parameter, ("ABOVE", "BELOW")))
        return relay.direction

    @command("EN", indexed=True)
    def _relay_enable(self, n: int, parameter: str, now: float) -> str:
        relay = self._relay(n)
        relay.enabled = among(parameter, ("SET", "ENABLE", "CLEAR")) if parameter else relay.enabled
        return relay.enabled

    @command("SS", indexed=True, signs="?")
    def _relay_status(self, n: int, parameter: str, now: float) -> str:
        relay, gauge = self._relay(n), self.gauges[(n + 1) // 2]
        return "SET" if relay.energised(gauge.valid(self.world.read(gauge.point, now), now)) else "CLEAR"


class Flows(SimInstrument):
    """Flow controllers, by channel."""

    flows: dict[int, FlowChannel]

    def _flow_channel(self, channel: int) -> FlowChannel:
        if not 1 <= channel <= CHANNELS:
            raise Nak(163)
        if channel not in self.flows:
            raise Nak(158)
        return self.flows[channel]

    @command("FR", indexed=True, signs="?")
    def _flow(self, channel: int, parameter: str, now: float) -> str:
        flow = self._flow_channel(channel)
        return number(flow.show(self.world.read(flow.point, now), now), 3)

    @command("QSP", indexed=True)
    def _flow_setpoint(self, channel: int, parameter: str, now: float) -> str:
        flow = self._flow_channel(channel)
        if parameter:
            value = value_of(parameter)
            if not 0.0 <= value <= flow.range:
                raise Nak(172)
            flow.setpoint = value
            flow.drive(self.world, now)
        return number(flow.setpoint, 2)

    @command("QMD", indexed=True)
    def _flow_mode(self, channel: int, parameter: str, now: float) -> str:
        flow = self._flow_channel(channel)
        if parameter:
            flow.mode = among(parameter, ("OPEN", "CLOSE", "SETPOINT"))
            flow.drive(self.world, now)
        return flow.mode

    @command("RNG", indexed=True, signs="?")
    def _flow_range(self, channel: int, parameter: str, now: float) -> str:
        return number(self._flow_channel(channel).range, 2)

    @command("QSF", indexed=True)
    def _flow_scale(self, channel: int, parameter: str, now: float) -> str:
        flow = self._flow_channel(channel)
        if parameter:
            value = value_of(parameter)
            if not 0.1 <= value <= 10.0:
                raise Nak(172)
            flow.scale = value
            flow.drive(self.world, now)
        return f"{flow.scale:.2f}"

    @command("QZ", indexed=True, signs="!")
    def _flow_zero(self, channel: int, parameter: str, now: float) -> str:
        flow = self._flow_channel(channel)
        flow.take_zero(self.world.read(flow.point, now))
        return "OK"
