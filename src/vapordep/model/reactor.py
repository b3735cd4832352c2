"""A reactor as its file describes it: chamber, gas lines, sources, zones, instruments, interlocks, safe values."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from vapordep.lazy import dataclass
from vapordep.model.deliveries import Boost, Bubbler, Generator, Motor
from vapordep.model.icvd import Filament, MeasuredPressure, Microbalance, Surface, Throttle
from vapordep.model.impurities import Impurities
from vapordep.model.interlocks import InterlockRule
from vapordep.model.treatments import Treatment
from vapordep.units import Unit

Scalar = str | float | int | bool
VAPOUR_DRAW, NEEDLE, VAPOUR_MFC = "vapour_draw", "needle", "vapour_mfc"
"""How vapour leaves a bottle: in pulses, through a needle, through a flow controller."""
BUBBLER, BOOSTED, GENERATOR, GAS, MOTOR_NEEDLE = "bubbler", "boosted", "generator", "gas", "motor_needle"
"""Carried by a gas, pushed by one, made of one, a gas of itself, through a needle that a motor moves."""


@dataclass(frozen=True, slots=True)
class SafeValue:
    """Where an output goes in the safe state: to `value` (SI), or nowhere (`leave`).

    With `depends_on`, to `value` while all of those tags are true, to `otherwise` while any is not or cannot be told;
    None stands for nowhere then too.
    """

    value: float | None
    depends_on: tuple[str, ...] = ()
    otherwise: float | None = None

    @property
    def leave(self) -> bool:
        """Whether the safe state does not touch it."""
        return self.value is None and not self.depends_on


LEAVE = SafeValue(None)


@dataclass(frozen=True, slots=True)
class Cell:
    """One signal of one instrument: `valve[3]` of `valves`."""

    instrument: str
    signal: str
    index: int | None = None

    @property
    def key(self) -> str:
        """The signal with its index, as drivers and simulators name it: `valve[3]`."""
        return self.signal if self.index is None else f"{self.signal}[{self.index}]"


@dataclass(frozen=True, slots=True)
class Output:
    """A thing the engine may command, under its tag, with its range in SI and its safe value."""

    tag: str
    cell: Cell
    unit: Unit
    low: float
    high: float
    safe: SafeValue
    hazardous: bool
    where: str = ""
    off: float = 0.0
    """The value in SI at which it does nothing: no flow, closed, a setpoint that heats nothing."""


class Failure(StrEnum):
    """What may have failed when a hazard comes: nothing, or one thing after the other."""

    NONE = "vapordep_lives"
    ENGINE_DEAD = "engine_dead"
    PC_DEAD = "pc_dead"
    COMMUNICATION_LOST = "communication_lost"
    STUCK = "stuck"
    """A welded relay, a valve that does not shut."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """Protection that needs no computer, as the reactor file claims it: at which outputs, against which failures."""

    what: str
    outputs: tuple[str, ...]
    covers: tuple[Failure, ...]
    tested: str
    """The day on which somebody last saw it act."""


@dataclass(frozen=True, slots=True)
class DeadMan:
    """A relay that its board lets go after `holds` s unless it is triggered again: a contactor behind it drops then."""

    output: str
    holds: float


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's word that an output needs no other process to make it safe, and what protects instead."""

    output: str
    protected_by: str
    signed: str
    date: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument: its driver's name, its line as a resource string, and the driver's own options."""

    name: str
    driver: str
    line: str
    options: Mapping[str, Scalar] = field(default_factory=dict)
    where: str = ""
    watchdog: float | None = None
    """After so many s without a word it makes its outputs safe by itself, as set at the instrument; None: never."""


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
class PumpLine:
    """The way to the pump: tags of its valves, and the pressure in Pa below which the main valve may open."""

    valve: str
    soft_valve: str = ""
    soft_until: float = 1000.0
    soft_speed: float | None = None
    """Pumping speed through the soft valve in m3/s, when it was measured."""


@dataclass(frozen=True, slots=True)
class GasLine:
    """A gas that flows through a flow controller: tags `<name>.flow`, `<name>.flow_setpoint`, and maybe a valve."""

    name: str
    gas: str
    valve: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A bottle with its delivery: K, s, mol; `zone` names the heater when it has one."""

    name: str
    substance: str
    delivery: str
    valve: str
    shortest_pulse: float
    temperature: float
    zone: str = ""
    content: float | None = None
    flow: float | None = None
    """What a needle gives, in mol/s, as a flow check proved it at the source's temperature ..."""
    against: float = 0.0
    """... against so many Pa in the chamber."""
    proven: str = ""
    """The day of that flow check."""
    line: str = ""
    """The zone of the way to the chamber, when it is known."""
    vapour_pressure: MeasuredPressure | None = None
    instrument_pulse: bool = False
    """Whether the instrument itself times the pulse, where the width allows."""
    pressure_set: str = ""
    """Which of several published vapour-pressure fits is meant; empty means the default one."""
    pressure: float | None = None
    """Of a gas: what its regulator gives, in Pa."""
    bubbler: Bubbler | None = None
    boost: Boost | None = None
    generator: Generator | None = None
    motor: Motor | None = None
    bottle: str = ""
    """How the bottle that stands there is called on record; `content` then is what is left in it."""
    where: str = ""

    @property
    def steady(self) -> bool:
        """Whether it gives a steady flow while it is open, instead of pulses."""
        return self.delivery in (NEEDLE, MOTOR_NEEDLE) or self.metered

    @property
    def metered(self) -> bool:
        """Whether a flow controller sets its flow: tags `<name>.flow`, `<name>.flow_setpoint`."""
        return self.delivery == VAPOUR_MFC or (self.delivery == GAS and self.pressure is None)

    @property
    def through(self) -> str:
        """The gas line that carries or feeds it, and leads nowhere else; empty for most."""
        carried = self.bubbler or self.generator
        return carried.through if carried else ""


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


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """How the simulated plant differs from what the file says of the real one; SI."""

    foil_offset: float | None = None
    """True offset of the foil in K; None takes the stage's."""
    leak: float = 3e-8
    """Air that leaks in, in Pa m3/s."""
    outgassing: float = 1e-8
    """Water that the walls give off at the start, in Pa m3/s, fading with `outgassing_decay` s."""
    outgassing_decay: float = 3600.0
    valve_latency: float = 0.008
    valve_jitter: float = 0.0002
    vapour_pressure_factors: Mapping[str, float] = field(default_factory=dict)
    """By source: the true vapour pressure over the fit's, where an estimate is far off."""
    reactivity: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Reactivity ratios k_ii/k_ij by two sources, i and j, where they are not 1 (Mayo and Lewis)."""
    slow_sites: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By source: the share of sites that take its vapour slowly, and at which part of the speed."""
    shut: tuple[str, ...] = ()
    """The sources whose hand valves somebody has left shut."""


@dataclass(frozen=True, slots=True)
class Reactor:
    """One reactor. `wiring` gives each cell of an instrument the tag it is known by."""

    name: str
    text: str
    sha256: str
    file: str
    processes: tuple[str, ...]
    substrates: tuple[str, ...]
    """What is coated here; the safe gases are judged against each."""
    chamber: Chamber
    pump: PumpLine
    lines: Mapping[str, GasLine]
    purge_line: str
    sources: Mapping[str, SourceLine]
    zones: Mapping[str, Zone]
    stage: Stage
    instruments: Mapping[str, Instrument]
    wiring: Mapping[Cell, str]
    outputs: Mapping[str, Output]
    interlocks: tuple[InterlockRule, ...]
    waivers: tuple[Waiver, ...] = ()
    dead_man: DeadMan | None = None
    hardware: tuple[Hardware, ...] = ()
    simulated: bool = False
    """True when the lines lead to simulated instruments: every run on it is a dry run for ever."""
    throttle: Throttle | None = None
    filament: Filament | None = None
    microbalance: Microbalance | None = None
    truth: str = ""
    """Where a `vapordep simulate` process answers for the ground truth, `host:port`."""
    simulation: SimulationSettings = field(default_factory=SimulationSettings)
    impurities: Impurities = field(default_factory=Impurities)
    treatments: Mapping[str, Treatment] = field(default_factory=dict)
    sequences: Mapping[str, str] = field(default_factory=dict)
    """What each of its named sequences does; their steps stand in `text`."""

    @property
    def carrying(self) -> frozenset[str]:
        """The gas lines that carry or feed a source, and reach the chamber through its valve only."""
        return frozenset(source.through for source in self.sources.values() if source.through)

    @property
    def hybrid(self) -> bool:
        """Whether polymers are made in the chamber in which films grow in cycles."""
        return "iCVD" in self.processes and len(self.processes) > 1

    @property
    def gas_zone(self) -> str:
        """The zone whose temperature the gas has."""
        return self.chamber.walls or self.stage.surrounded_by or self.stage.zone
