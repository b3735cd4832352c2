"""A simulated iCVD reactor as plain data in SI: throttled chamber, vapours, filament, chilled stage, surfaces."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.simulation.description import (
    ROOM,
    Carried,
    GasFeed,
    Gauge,
    HeatedZone,
    Inflow,
    Made,
    Microbalance,
    Pushed,
)
from vapordep.simulation.plant import Latency


@dataclass(frozen=True, slots=True, kw_only=True)
class VapourFeed:
    """A bottle of monomer, initiator or crosslinker that gives a steady flow through a needle or a flow controller.

    `temperature` in K unless `zone` names the heated zone that sets it; `line` the zone of the way to the chamber.
    Through the open valve flows `conductance` (m3/s) times the pressure difference; with `metered` never more than the
    flow setpoint. With a `stroke` (s) a motor moves the needle, which then lets through in proportion to its place.
    What gas carries, feeds or pushes has a `delivery`; what is pushed, a `headspace` in m3. `content` in mol.
    `pressure` (Pa) replaces that of chemistry, for a gas behind a regulator.
    """

    substance: str
    temperature: float = ROOM
    zone: str = ""
    line: str = ""
    conductance: float = 4e-5
    metered: bool = False
    settling: float = 0.5
    content: float = 0.1
    pressure_set: str = ""
    pressure: float | None = None
    stroke: float | None = None
    delivery: Carried | Made | Pushed | None = None
    headspace: float = 3e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """A butterfly valve: C = `least` + (`most` - `least`)(1 - cos phi), phi from 0 to 90 degrees; `stroke` in s."""

    least: float = 2e-5
    most: float = 0.02
    stroke: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filament:
    """NiCr wires above the stage.

    `resistance` in ohm at room temperature, changing by `coefficient` a K. At `hot` K, among walls at `around` K, it
    takes `power` W, of which the part `radiated` goes as T^4, a part `conducted` through the gas (half of it lost at
    `half_pressure` Pa), the rest through its ends; there it follows with `time_constant` s. Its thermocouple lags by
    `sensor_lag` s.
    """

    resistance: float = 12.0
    coefficient: float = 1e-4
    hot: float = 523.15
    around: float = 323.15
    power: float = 120.0
    radiated: float = 0.7
    conducted: float = 0.15
    half_pressure: float = 5.0
    time_constant: float = 2.0
    sensor_lag: float = 1.0
    sensor_error: float = 0.0
    cracking: float = 5e-3
    """Part of the initiator in the chamber that it breaks a second where only supply limits, 1/s: a setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChilledStage:
    """A stage on a circulating bath, under the radiation of the filament.

    It follows the bath with `time_constant` s, and the walls with the part `loss` of that coupling. At 250 degC the
    filament warms it by `rise` K and the film on it by `film_rise` K more. The bath follows its target with `bath` s,
    at most at `rate` K/s, from `coldest` to `hottest` K; `flow` in m3/s.
    """

    time_constant: float = 60.0
    loss: float = 0.15
    rise: float = 6.0
    film_rise: float = 4.0
    bath: float = 40.0
    rate: float = 0.05
    coldest: float = 263.15
    hottest: float = 353.15
    flow: float = 1.0e-4
    sensor_lag: float = 2.0
    sensor_error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A wall that vapour meets: `area` in m2, as warm as its `zone` plus `offset` K, or at `temperature` K."""

    area: float
    zone: str = ""
    offset: float = 0.0
    temperature: float = ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class IcvdDescription:
    """The iCVD reactor whose physics is to be simulated; names as in `PlantDescription`.

    `surfaces` besides the stage's, of `stage_area` m2. `pressure_factors` by substance make its true vapour pressure
    that many times the one of chemistry: the doubt of an estimate made real. `reactivity` (r_ij by two monomers) holds
    what differs from 1. `tooling` is the film on the crystal over that on the stage. The feeds of `carrying` go into a
    source, and past the chamber while its valve is shut.
    """

    volume: float = 6.25e-3
    pumping_speed: float = 5.6e-3
    soft_pumping_speed: float = 3e-4
    ultimate_pressure: float = 0.1
    ultimate_gas: str = "argon"
    fill_gas: str = "argon"
    feeds: Mapping[str, GasFeed] = field(default_factory=dict)
    carrying: frozenset[str] = frozenset()
    sources: Mapping[str, VapourFeed] = field(default_factory=dict)
    zones: Mapping[str, HeatedZone] = field(default_factory=dict)
    gauges: Mapping[str, Gauge] = field(default_factory=dict)
    inflows: tuple[Inflow, ...] = ()
    latencies: Mapping[str, Latency] = field(default_factory=dict)
    gas_zone: str = "walls"
    stage: str = "stage"
    stage_area: float = 0.02
    foil_offset: float = 0.0
    substrate: str = "lithium"
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    throttle: Throttle = Throttle()
    filament: Filament = Filament()
    chilled_stage: ChilledStage = ChilledStage()
    microbalance: Microbalance | None = None
    tooling: float = 1.0
    pressure_factors: Mapping[str, float] = field(default_factory=dict)
    reactivity: Mapping[tuple[str, str], float] = field(default_factory=dict)
