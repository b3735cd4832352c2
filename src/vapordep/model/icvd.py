"""What an iCVD reactor has beside the parts of every reactor: throttle, filament, microbalance, surfaces for vapour."""

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Throttle:
    """The valve that holds the pressure: tags of its place, and of both setpoints."""

    position: str
    position_setpoint: str
    pressure_setpoint: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Filament:
    """The hot wires and their supply: `resistance` in ohm at room temperature, changing by `coefficient` a K.

    Tags: `on` switches the supply's output, `voltage_setpoint` and `current_setpoint` are its limits; `temperature` is
    empty without a thermocouple. `hot` is what was measured once: that voltage (V) makes that temperature (K).
    """

    on: str
    voltage: str
    current: str
    voltage_setpoint: str
    current_setpoint: str
    resistance: float
    coefficient: float
    hot: tuple[float, float]
    temperature: str = ""
    where: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Its outputs, the switch first."""
        return self.on, self.voltage_setpoint, self.current_setpoint


@dataclass(frozen=True, slots=True)
class Microbalance:
    """A quartz crystal: the tag of its thickness; `tooling` is its film over that on the stage."""

    thickness: str
    tooling: float = 1.0
    where: str = ""


@dataclass(frozen=True, slots=True)
class Surface:
    """A wall that vapour meets: `area` in m2, as warm as its `zone` plus `offset` K."""

    name: str
    zone: str
    area: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class MeasuredPressure:
    """What a rise in the closed chamber said of a bottle: the true vapour pressure is `factor` times the fit's.

    Give or take `uncertainty` (a part of it); `measured` is the day.
    """

    factor: float
    uncertainty: float
    measured: str
