"""The vessel of a reactor, its way to the pump, its gas lines, heated zones and stage; SI."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.model.icvd import Surface


@dataclass(frozen=True, slots=True)
class Chamber:
    """The vessel: m3, m2, m3/s, Pa; what surrounds which joint decides what a leak lets in."""

    volume: float
    wall_area: float
    pumping_speed: float
    ultimate_pressure: float
    surroundings: Mapping[str, str]
    gauges: tuple[str, ...]
    """Tags of the gauges, the one to be believed first in front."""
    walls: str = ""
    """The zone that sets the temperature of the gas, where it is not the stage's or what surrounds that."""
    stage_area: float | None = None
    """m2 of the stage, as far as vapour meets it."""
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    """Other surfaces on which vapour might condense."""

    @property
    def residence_time(self) -> float:
        """Volume over pumping speed, in s."""
        return self.volume / self.pumping_speed


@dataclass(frozen=True, slots=True)
class Turbo:
    """A turbo pump: the output `power` starts it; the state `ready` says that it is on since `spin_up` s or longer."""

    power: str
    spin_up: float
    ready: str = "turbo.ready"


@dataclass(frozen=True, slots=True)
class PumpLine:
    """The way to the pump: tags of its valves, and the pressure in Pa below which the main valve may open."""

    valve: str
    soft_valve: str = ""
    soft_until: float = 1000.0
    soft_speed: float | None = None
    """Pumping speed through the soft valve in m3/s, when it was measured."""
    turbo: Turbo | None = None


@dataclass(frozen=True, slots=True)
class GasLine:
    """A gas that flows through a flow controller: tags `<name>.flow`, `<name>.flow_setpoint`, and maybe a valve."""

    name: str
    gas: str
    valve: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """A heated part: tags `<name>.temperature`, `<name>.setpoint`, `<name>.power`; rates in K/s."""

    name: str
    max_rate: float
    where: str = ""
    carries: tuple[str, ...] = ()
    """The zones whose vapour goes through it and would freeze in it."""
    running: str = ""
    """The output that makes the bath of a chiller circulate; empty for a heater."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the substrate lies, and how its temperature follows from the stage's reading (K)."""

    zone: str
    foil_offset: float
    uncertainty: float
    sensor_error: float
    overshoot: float
    measured: str
    method: str
    surrounded_by: str = ""
    """The zone of the hot walls around it: the foil becomes as hot as they are, whatever its own heater does."""
