"""A simulated reactor as plain data in SI, from which a plant is built."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.simulation.plant import Latency

ROOM = 293.15
"""Surroundings in K, and the temperature to which a throughput in Pa m3/s refers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GasFeed:
    """A gas through a mass flow controller; with `shut_off` a valve stands behind it.

    The flow follows its setpoint after `dead_time` s with the time constant `settling` s. `supply_pressure` in Pa is
    what stands before the controller.
    """

    gas: str = "argon"
    settling: float = 0.25
    dead_time: float = 0.08
    shut_off: bool = True
    supply_pressure: float = 2.5e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A bubbler: the gas of the feed `through` takes the vapour along, out of a bottle at `pressure` Pa."""

    through: str
    pressure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A generator: of the oxygen of the feed `through` it makes the mass `fraction` of ozone.

    It follows its switch with the time constant `lag` s.
    """

    through: str
    fraction: float
    lag: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A bottle into which a valve lets `gas` of `pressure` Pa, through a `conductance` in m3/s."""

    pressure: float
    gas: str = "argon"
    conductance: float = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class VapourSource:
    """A bottle from which vapour is drawn through a pulse valve.

    `temperature` in K unless `zone` names the heated zone that sets it, `lines` those of its way to the chamber, in the
    coldest of which the vapour of a warmer bottle condenses; `headspace` in m3; `content` in mol of liquid
    or solid; `evaporation` in 1/s, the rate at which the vapour returns to its saturation; `conductance` of the open
    valve in m3/s. `pressure_set` picks one of rival vapour-pressure fits; `pressure` (Pa) replaces them, for a gas
    behind a regulator or a substance without a fit.
    """

    substance: str
    temperature: float = ROOM
    zone: str = ""
    lines: tuple[str, ...] = ()
    headspace: float = 3e-4
    content: float = 0.5
    evaporation: float = 50.0
    conductance: float = 5e-4
    pressure_set: str = ""
    pressure: float | None = None
    delivery: Carried | Made | Pushed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatedZone:
    """A heated part as first order plus dead time: at full power it ends `gain` K above its surroundings.

    Surroundings are at `ambient` K, or are the zone that `surroundings` names. The sensor follows with the time
    constant `sensor_lag` s and reads `sensor_error` K too much.
    """

    gain: float
    time_constant: float
    dead_time: float
    ambient: float = ROOM
    surroundings: str = ""
    sensor_lag: float = 2.0
    sensor_error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A pressure gauge: `kind` is capacitance (true pressure) or pirani (each gas by its factor); `lag` in s."""

    kind: str = "capacitance"
    lag: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """Gas that comes in unasked: a leak, or walls that degas, then fading with the time constant `decay` s.

    `throughput` in Pa m3/s at room temperature. `gas` is a substance or `air`.
    """

    gas: str = "air"
    throughput: float = 0.0
    decay: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceKinetics:
    """What replaces chemistry's kinetics of a substance: `adsorption` k in 1/(Pa s), `residual_time` tp in s.

    `slow` makes saturation soft: a share of the sites takes it, with k times a factor (both 0 to 1).
    """

    adsorption: float | None = None
    residual_time: float | None = None
    slow: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Microbalance:
    """A quartz crystal beside the substrate.

    `frequency` in Hz; `sensitivity` in kg/m2 a Hz (Sauerbrey, 12.27 ng/cm2 at 6 MHz); `temperature_coefficient` in
    Hz/K is what a change of the zone `zone` since room temperature feigns.
    """

    zone: str = "stage"
    frequency: float = 6e6
    sensitivity: float = 1.227e-7
    temperature_coefficient: float = -2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantDescription:
    """The reactor whose physics is to be simulated.

    Volume in m3, wall area in m2 (what walls take up is not modelled yet), pumping speeds in m3/s (that of the bypass
    is `soft_pumping_speed`), pressures in Pa. Keys of `feeds`, `sources` and `zones` are the names in points, as in
    `carrier.flow`, `TMA.valve`, `stage.temperature`; keys of `gauges` are points themselves. `gas_zone` sets the
    temperature of the gas, `stage` that of the substrate, whose foil is `foil_offset` K (true, not as measured) hotter
    than the stage. `latencies` are by point. `others` are gases that no feed or source of these brings in. Feeds of
    `passing` go past the chamber.
    """

    volume: float = 1e-3
    wall_area: float = 0.1
    pumping_speed: float = 4.86e-4
    soft_pumping_speed: float = 5e-5
    ultimate_pressure: float = 0.1
    ultimate_gas: str = "argon"
    fill_gas: str = "argon"
    feeds: Mapping[str, GasFeed] = field(default_factory=dict)
    sources: Mapping[str, VapourSource] = field(default_factory=dict)
    zones: Mapping[str, HeatedZone] = field(default_factory=dict)
    gauges: Mapping[str, Gauge] = field(default_factory=dict)
    inflows: tuple[Inflow, ...] = ()
    latencies: Mapping[str, Latency] = field(default_factory=dict)
    kinetics: Mapping[str, SurfaceKinetics] = field(default_factory=dict)
    gas_zone: str = "walls"
    stage: str = "stage"
    foil_offset: float = 0.0
    substrate: str = "lithium"
    microbalance: Microbalance | None = None
    others: tuple[str, ...] = ()
    passing: frozenset[str] = frozenset()
