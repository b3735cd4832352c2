"""The form of a reactor file: every key it may have, each quantity with its unit."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from vapordep.files import FileModel, finding, quantity
from vapordep.units import Dimension

D = Dimension
Pressure = Annotated[float, quantity(D.PRESSURE)]
Temperature = Annotated[float, quantity(D.TEMPERATURE)]
TemperatureDifference = Annotated[float, quantity(D.TEMPERATURE_DIFFERENCE)]
FoilOffset = Annotated[float, quantity(D.TEMPERATURE_DIFFERENCE, low=-50.0, high=50.0)]
"""A greater offset is none: the foil does not touch the stage."""
SourceTemperature = Annotated[float, quantity(D.TEMPERATURE, low=200.0, high=700.0)]
TemperatureRate = Annotated[float, quantity(D.TEMPERATURE_RATE)]
Duration = Annotated[float, quantity(D.TIME)]
PulseWidth = Annotated[float, quantity(D.TIME, low=1e-3, high=60.0)]
GasFlow = Annotated[float, quantity(D.MOLAR_FLOW)]
Volume = Annotated[float, quantity(D.VOLUME)]
Area = Annotated[float, quantity(D.AREA)]
PumpingSpeed = Annotated[float, quantity(D.VOLUME_FLOW)]
Mass = Annotated[float, quantity(D.MASS)]
Throughput = Annotated[float, quantity(D.THROUGHPUT)]
Fraction = Annotated[float, quantity(D.FRACTION)]
Part = Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0)]
Voltage = Annotated[float, quantity(D.VOLTAGE)]
Power = Annotated[float, quantity(D.POWER)]
Current = Annotated[float, quantity(D.CURRENT)]
Resistance = Annotated[float, quantity(D.RESISTANCE)]

CELL = re.compile(r"(?P<instrument>[A-Za-z]\w*)\[(?P<index>\d{1,4})\]", re.ASCII)
NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
TAG = re.compile(r"[A-Za-z]\w*\.[A-Za-z]\w*", re.ASCII)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise finding(f"{text!r} is not a name", "use letters, digits and _, beginning with a letter")
    return text


def _cell(text: str) -> str:
    if not CELL.fullmatch(text):
        raise finding(f"{text!r} does not say which channel", "write instrument[number], such as valves[0]")
    return text


def _tag(text: str) -> str:
    if not TAG.fullmatch(text):
        raise finding(f"{text!r} is not a tag", "write <thing>.<quantity>, such as pump.running")
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise finding(f"{text!r} is no day", "write one such as 2026-10-01") from None


Day = Annotated[str, AfterValidator(_day)]
Name = Annotated[str, AfterValidator(_name)]
CellRef = Annotated[str, AfterValidator(_cell)]
TagName = Annotated[str, AfterValidator(_tag)]
Text = Annotated[str, Field(min_length=1)]
ValveState = Literal["open", "closed"]


class DependentState(FileModel):
    """A valve's safe state that depends on states: `{open_if: pump.running, else: closed}`, or a list of them."""

    open_if: str | Annotated[list[str], Field(min_length=1)]
    otherwise: ValveState = Field(alias="else")


SafeValve = ValveState | Literal["leave"] | DependentState


class SurfacePart(FileModel):
    """A wall or window on which vapour might condense: as warm as its zone, and `offset` warmer or colder."""

    zone: Name
    area: Area = Field(gt=0)
    offset: TemperatureDifference = 0.0


class ChamberPart(FileModel):
    """The vessel and its gauges, the one to be believed first in front."""

    volume: Volume = Field(gt=0)
    wall_area: Area = Field(gt=0)
    pumping_speed: PumpingSpeed = Field(gt=0)
    ultimate_pressure: Pressure = Field(ge=0)
    gauges: list[CellRef] = Field(min_length=1)
    surroundings: dict[Name, str] = Field(default_factory=dict)
    walls: Name | None = None
    stage_area: Area | None = Field(default=None, gt=0)
    surfaces: dict[Name, SurfacePart] = Field(default_factory=dict)


class InstrumentPart(FileModel):
    """Driver and line; what else stands here are the driver's own options, which the driver judges."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str | bool | int | float]

    driver: str
    line: str
    watchdog: Duration | None = Field(default=None, gt=0)


class SafePump(FileModel):
    """Where the valves to the pump go in the safe state."""

    valve: SafeValve | None = None
    soft_valve: SafeValve | None = None


class PumpPart(FileModel):
    """The way to the pump; a soft valve pumps slowly until the main valve may open."""

    valve: CellRef
    soft_valve: CellRef | None = None
    soft_until: Pressure = Field(default=1000.0, gt=0)
    soft_speed: PumpingSpeed | None = Field(default=None, gt=0)
    safe: SafePump = Field(default_factory=SafePump)


class SafeLine(FileModel):
    """What a gas line does in the safe state."""

    flow: GasFlow = Field(ge=0)
    valve: SafeValve | None = None


class LinePart(FileModel):
    """A gas behind a flow controller, and the valve that shuts it off."""

    gas: str
    flow: Name
    valve: CellRef | None = None
    safe: SafeLine | None = None


class MeasuredPressurePart(FileModel):
    """What a rise in the closed chamber said of a bottle's vapour pressure, over that of its fit."""

    factor: Annotated[float, Field(gt=0.0, lt=100.0)]
    uncertainty: Annotated[float, quantity(D.FRACTION, low=0.0, high=0.95)]
    measured: Day


class BoostPart(FileModel):
    """Inert gas that is let into a bottle before a dose, behind its vapour."""

    valve: CellRef
    gas: str
    pressure: Pressure = Field(gt=0, le=2e5)


class SourcePart(FileModel):
    """A bottle: what is in it, how it gives its vapour, which valve lets it in.

    A `vapour_draw` gives pulses, not shorter than `shortest_pulse`. A `needle` gives a steady `flow` `against` the
    chamber's pressure, as a flow check has `proven`; it has no setpoint. A `motor_needle` did so `at` a place of its
    `motor`, and has that as its setpoint. A `vapour_mfc` has a flow `controller`. Of a `bubbler` the gas of the line
    `through` carries the vapour away, at the `pressure` in the bottle; a `boosted` bottle is pushed by gas (`boost`).
    A `gas` has a regulator's `pressure` and gives pulses, or a flow `controller`. A `generator` makes a mass
    `fraction` of the gas `through`, `warm_up` after its `power` is on.
    """

    substance: str
    delivery: Literal["vapour_draw", "needle", "motor_needle", "bubbler", "boosted", "vapour_mfc", "gas", "generator"]
    valve: CellRef
    shortest_pulse: PulseWidth | None = None
    flow: GasFlow | None = Field(default=None, gt=0)
    against: Pressure | None = Field(default=None, ge=0)
    proven: Day | None = None
    controller: Name | None = None
    pressure: Pressure | None = Field(default=None, gt=0)
    through: Name | None = None
    boost: BoostPart | None = None
    fraction: Part | None = Field(default=None, gt=0, lt=1)
    power: CellRef | None = None
    warm_up: Duration | None = Field(default=None, gt=0, le=3600.0)
    motor: Name | None = None
    at: Part | None = Field(default=None, gt=0)
    line: Name | None = None
    vapour_pressure: MeasuredPressurePart | None = None
    temperature: SourceTemperature
    zone: Name | None = None
    content: Mass | None = Field(default=None, gt=0)
    pressure_set: str = ""
    pulse: Literal["engine", "instrument"] = "engine"
    safe: Literal["closed"] | None = None


class ZonePart(FileModel):
    """A heated part, its controller, how fast and how hot it may become."""

    heater: Name
    max_temperature: Temperature | None = None
    max_rate: TemperatureRate = Field(gt=0)
    safe: Literal["off", "leave", "until_cold"] | Temperature | None = None
    safe_running: Literal["on", "off", "leave"] | None = None
    """Of a chiller: whether its bath circulates in the safe state."""
    carries: list[Name] = Field(default_factory=list)


class StagePart(ZonePart):
    """The heated part on which the substrate lies, and how the foil's temperature follows from its reading."""

    surrounded_by: Name | None = None
    foil_offset: FoilOffset
    uncertainty: TemperatureDifference = Field(ge=0)
    sensor_error: TemperatureDifference = Field(ge=0)
    overshoot: TemperatureDifference = Field(ge=0)
    measured: str
    method: str


class ThrottlePart(FileModel):
    """The valve that holds the pressure, and its place in the safe state: open unless that harms."""

    valve: Name
    safe: Literal["open", "closed"] | Fraction | None = None


class HotPart(FileModel):
    """What was measured once: this voltage makes this temperature, in vacuum with gas flowing."""

    voltage: Voltage = Field(gt=0)
    temperature: Temperature = Field(gt=320.0, lt=1300.0)


class FilamentPart(FileModel):
    """The wires, their supply, and the instrument that reads their thermocouple."""

    supply: Name
    thermometer: Name | None = None
    resistance: Resistance = Field(gt=0)
    coefficient: float = Field(default=1e-4, ge=0.0, le=0.01)
    """Change of the resistance, as a part of it, a K: 1e-4 for nickel-chromium."""
    hot: HotPart
    max_voltage: Voltage = Field(gt=0)
    max_current: Current = Field(gt=0)
    safe: Literal["off"] | None = None


class MicrobalancePart(FileModel):
    """A quartz crystal beside the substrate."""

    instrument: Name
    tooling: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0


class InterlockPart(FileModel):
    """An interlock of this reactor; the hard ones are built in."""

    id: Text
    require: list[str] = Field(min_length=1)
    protects: Text
    remedy: str = ""
    when: str = ""
    guards: list[str] = Field(default_factory=list)
    trip_after: str | None = None
    action: Literal["warn", "hold", "safe"] = "safe"
    hard: bool = False
    cause: str = ""
    consequence: str = ""
    priority: Literal["low", "high", "urgent"] | None = None
    deadband: str = ""
    clear_after: Duration = Field(default=0.0, ge=0, le=3600.0)


class FullPart(FileModel):
    """What was measured once: this voltage makes this power."""

    voltage: Voltage = Field(gt=0)
    power: Power = Field(gt=0)


class TreatmentPart(FileModel):
    """A plasma electrode or a lamp: its supply, its highest power, and the substrates that bear it."""

    supply: Name
    full: FullPart
    max_power: Power = Field(gt=0)
    substrates: list[str] = Field(min_length=1)
    safe: Literal["off"] | None = None


class SequencePart(FileModel):
    """Steps that belong to this reactor, under a name that recipes call; recipes judge them, where they are called."""

    does: Text
    steps: list[object] = Field(min_length=1)


class DeadManPart(FileModel):
    """A relay whose board times its pulses: held on only while interlocks are evaluated."""

    relay: CellRef
    holds: Duration = Field(ge=1.0, le=60.0)


class WaiverPart(FileModel):
    """An output that the guardian cannot make safe, and what protects instead: its instrument's watchdog, hardware."""

    output: TagName
    protected_by: Text
    signed: Text
    date: Text


class HardwarePart(FileModel):
    """Protection that needs no computer: where it acts, what it stands against, and when somebody last saw it act."""

    what: Text
    outputs: list[TagName] = Field(min_length=1)
    covers: list[Literal["vapordep_lives", "engine_dead", "pc_dead", "communication_lost", "stuck"]] = Field(
        min_length=1
    )
    tested: Day


class ReactivityPart(FileModel):
    """Two monomers by their sources; r1 is how much rather a chain that ends in the first goes on with the first."""

    monomers: Annotated[list[Name], Field(min_length=2, max_length=2)]
    r1: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0
    r2: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0


class PurityPart(FileModel):
    """Parts of water, oxygen and nitrogen in a gas."""

    H2O: Part | None = None
    O2: Part | None = None
    N2: Part | None = None


class ImpuritiesPart(FileModel):
    """What bare metal meets beside what a recipe lets in; what is left out is assumed at its worst."""

    leak: Throughput | None = Field(default=None, ge=0)
    carrier: PurityPart = Field(default_factory=PurityPart)
    filling: PurityPart = Field(default_factory=PurityPart)
    air: PurityPart = Field(default_factory=PurityPart)


class SlowSitesPart(FileModel):
    """A share of the sites that takes a source's vapour at a part of the speed: saturation is soft."""

    share: Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0)]
    speed: Annotated[float, quantity(D.FRACTION, low=1e-6, high=1.0)]


class SimulationPart(FileModel):
    """How the simulated reactor differs from what the file says of the real one."""

    foil_offset: FoilOffset | None = None
    leak: Throughput = Field(default=3e-8, ge=0)
    outgassing: Throughput = Field(default=1e-8, ge=0)
    outgassing_decay: Duration = Field(default=3600.0, gt=0)
    valve_latency: Duration = Field(default=0.008, ge=0)
    valve_jitter: Duration = Field(default=0.0002, ge=0)
    vapour_pressure_factors: dict[Name, Annotated[float, Field(gt=0.0, lt=100.0)]] = Field(default_factory=dict)
    reactivity: list[ReactivityPart] = Field(default_factory=list)
    slow_sites: dict[Name, SlowSitesPart] = Field(default_factory=dict)
    shut: list[Name] = Field(default_factory=list)


class ReactorPart(FileModel):
    """A whole reactor file."""

    reactor: Text
    processes: list[Literal["ALD", "MLD", "iCVD"]] = Field(min_length=1)
    substrates: list[str] = Field(min_length=1)
    chamber: ChamberPart
    instruments: dict[Name, InstrumentPart] = Field(min_length=1)
    pump: PumpPart
    lines: dict[Name, LinePart] = Field(min_length=1)
    purge: Name
    sources: dict[Name, SourcePart] = Field(default_factory=dict)
    zones: dict[Name, ZonePart] = Field(default_factory=dict)
    stage: StagePart
    throttle: ThrottlePart | None = None
    filament: FilamentPart | None = None
    microbalance: MicrobalancePart | None = None
    inputs: dict[TagName, CellRef] = Field(default_factory=dict)
    interlocks: list[InterlockPart] = Field(default_factory=list)
    waivers: list[WaiverPart] = Field(default_factory=list)
    dead_man: DeadManPart | None = None
    treatments: dict[Literal["plasma", "uv"], TreatmentPart] = Field(default_factory=dict)
    sequences: dict[Name, SequencePart] = Field(default_factory=dict)
    hardware: list[HardwarePart] = Field(default_factory=list)
    simulated: bool = False
    truth: str = ""
    impurities: ImpuritiesPart = Field(default_factory=ImpuritiesPart)
    simulation: SimulationPart = Field(default_factory=SimulationPart)
