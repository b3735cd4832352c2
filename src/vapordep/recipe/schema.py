"""The form of a recipe file: what may follow each word, every quantity with its unit."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel

from vapordep.files import FileModel, quantity
from vapordep.safety.monitors.surface import ONE_DOSE
from vapordep.units import Dimension

D = Dimension
LONGEST = 30 * 86400.0
"""No single time in a recipe is longer than this, in s."""
MOST_CYCLES = 100_000
"""No loop has more cycles than this; five thousand make half a micrometre."""

SHORTEST_GAP = 0.3
"""In s: for less the next edge could not be prepared, and its intent not be on disk before it."""

Pressure = Annotated[float, quantity(D.PRESSURE, low=0.0, high=1e5)]
Temperature = Annotated[float, quantity(D.TEMPERATURE, low=100.0)]
"""Nothing that coats or is coated here is colder, and the laws of chemistry end at 0 K."""
TemperatureBand = Annotated[float, quantity(D.TEMPERATURE_DIFFERENCE, low=0.01, high=50.0)]
TemperatureRate = Annotated[float, quantity(D.TEMPERATURE_RATE, low=1e-5, high=10.0)]
Duration = Annotated[float, quantity(D.TIME, low=0.0, high=LONGEST), Field(gt=0)]
PulseWidth = Annotated[float, quantity(D.TIME, low=1e-3, high=600.0)]
GasFlow = Annotated[float, quantity(D.MOLAR_FLOW, low=0.0)]
Residue = Annotated[float, quantity(D.FRACTION, low=1e-9, high=1e-4)]
"""What may be left of a dose: 1e-4 of its peak is the rule (interlock C2), and nobody may ask for more."""
Cycles = Annotated[int, Field(ge=1, le=MOST_CYCLES)]


class PumpPart(FileModel):
    """Down to a pressure; `soft` goes through the soft valve first."""

    to: Pressure
    within: Duration = 1800.0
    soft: bool = False


class PumpPurgePart(FileModel):
    """Filled with purge gas to one pressure and pumped to another, several times."""

    cycles: Annotated[int, Field(ge=1, le=100)]
    high: Pressure = Field(alias="from")
    low: Pressure = Field(alias="to")
    within: Duration = 600.0


class ForPart(FileModel):
    """What only takes a time."""

    duration: Duration = Field(alias="for")


class PurgePart(FileModel):
    """A time, or until the last dose is cleared: how far, and between which times."""

    duration: Duration | None = Field(None, alias="for")
    until: Literal["cleared"] | None = None
    residue: Residue = 1e-4
    least: Duration | None = Field(None, alias="min")
    longest: Duration | None = Field(None, alias="max")
    otherwise: Literal["hold", "continue", "stop", "abort"] = "hold"


class StabilisePart(ForPart):
    """A time during which every heated zone stays within a band."""

    within: TemperatureBand = 2.0


class ZonesPart(FileModel):
    """Zones by name beside the step's own keys; their temperatures are read by the compiler, which knows the zones."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Temperature]


class HeatPart(ZonesPart):
    """Temperatures by zone, the rate of heating, and how near counts as there."""

    rate: TemperatureRate = 5.0 / 60.0
    within: TemperatureBand = 2.0
    timeout: Duration | None = None


class CoolPart(ZonesPart):
    """Temperatures by zone, and how long that may take."""

    within: Duration


class FlowPart(RootModel[Annotated[dict[str, GasFlow], Field(min_length=1)]]):
    """Flows by line."""


class DosePart(FileModel):
    """One pulse of one source, or several with short gaps as one dose."""

    source: str
    pulse: PulseWidth
    pulses: Annotated[int, Field(ge=1, le=100)] = 1
    gap: Annotated[float, quantity(D.TIME, low=SHORTEST_GAP, high=ONE_DOSE)] | None = None
    boost: Annotated[float, quantity(D.TIME, low=0.01, high=ONE_DOSE)] | None = None


class ExposePart(DosePart):
    """A dose into the shut chamber: pumped down from all gas, dosed up to a pressure, held, pumped out again."""

    base: Annotated[float, quantity(D.PRESSURE, low=0.0, high=100.0)] = 5.0
    to: Pressure
    hold: Duration
    within: Duration = 600.0
    flow: Annotated[dict[str, GasFlow], Field(min_length=1)]


class SetPart(FileModel):
    """One output by its tag, and a value with its unit, or open, closed, off."""

    output: str
    value: str | int | float


class RampPart(FileModel):
    """One output by its tag, brought to a value linearly."""

    output: str
    to: str | int | float
    over: Duration


class WaitPart(FileModel):
    """A condition, and how long to wait for it."""

    until: str
    within: Duration
    otherwise: Literal["hold", "continue", "stop", "abort"] = "hold"


class VapourPart(RootModel[Annotated[dict[str, str], Field(min_length=1)]]):
    """Steady sources by name: open, closed, or a flow."""


class ThrottlePart(FileModel):
    """A pressure that the throttle holds, and when it counts as steady; or a place."""

    pressure: Annotated[float, quantity(D.PRESSURE, low=1e-3, high=1e5)] | None = None
    position: Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0)] | Literal["open", "closed"] | None = None
    within: Annotated[float, quantity(D.FRACTION, low=0.001, high=0.5)] = 0.05
    steady: Annotated[float, quantity(D.TIME, low=0.0, high=3600.0)] = 30.0
    timeout: Duration = 600.0


class FilamentPart(FileModel):
    """A temperature or a voltage, how fast to go there, and how near counts as there."""

    temperature: Temperature | None = None
    voltage: Annotated[float, quantity(D.VOLTAGE, low=0.1, high=1000.0)] | None = None
    ramp: Annotated[float, quantity(D.TIME, low=0.0, high=3600.0)] = 10.0
    within: TemperatureBand = 5.0
    timeout: Duration = 300.0


class LegPart(FileModel):
    """A time, and over it the way to other flows, or to other shares of the same total."""

    duration: Duration = Field(alias="for")
    flows: dict[str, Annotated[float, quantity(D.MOLAR_FLOW, low=0.0), Field(gt=0)]] = Field(default_factory=dict)
    shares: dict[str, Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0), Field(gt=0)]] = Field(
        default_factory=dict
    )
    shape: Literal["linear", "s_curve"] = "linear"


class DepositPart(FileModel):
    """A time, or a thickness and the longest time that it may take; with legs, that of all of them unless it says."""

    duration: Duration | None = Field(None, alias="for")
    legs: Annotated[list[LegPart], Field(max_length=100)] = Field(default_factory=list)
    until: Annotated[float, quantity(D.LENGTH, low=1e-10, high=1e-3)] | None = None
    blind: Literal["time", "hold", "stop"] = "time"


class ZeroPart(RootModel[Literal["crystal"]]):
    """What is zeroed."""


class TreatPart(FileModel):
    """Power and time of plasma or light, in which gas, and how long until its power must be what it shall be."""

    power: Annotated[float, quantity(D.POWER, low=0.1, high=1e5)]
    duration: Duration = Field(alias="for")
    flow: Annotated[dict[str, GasFlow], Field(min_length=1)] | None = None
    pressure: Annotated[float, quantity(D.PRESSURE, low=1e-3, high=1e5)] | None = None
    warm_up: Duration = 10.0
    within: Annotated[float, quantity(D.FRACTION, low=0.001, high=0.5)] = 0.1


class ThermalPart(ZonesPart):
    """Temperatures by zone and how long they stay, in which gas; the rate of heating, and how steady."""

    duration: Duration = Field(alias="for")
    rate: TemperatureRate = 5.0 / 60.0
    within: TemperatureBand = 2.0
    flow: Annotated[dict[str, GasFlow], Field(min_length=1)] | None = None


class FlowCheckPart(FileModel):
    """The flow of a line or of a steady source, and how far it may lie from the rate of rise; a needle has its own."""

    line: str | None = None
    source: str | None = None
    flow: Annotated[float, quantity(D.MOLAR_FLOW, low=0.0), Field(gt=0)] | None = None
    within: Annotated[float, quantity(D.FRACTION, low=0.001, high=0.5)] = 0.1
    duration: Duration = Field(alias="for")


class VentPart(FileModel):
    """Up to a pressure, never above the atmosphere."""

    to: Annotated[float, quantity(D.PRESSURE, low=5e4, high=101325.0)] = 100e3
    within: Duration


class LoadPart(FileModel):
    """How long a person may take."""

    within: Duration


class CallPart(FileModel):
    """Another recipe by name or path, and values for its parameters."""

    recipe: Annotated[str, Field(min_length=1, max_length=500)]
    settings: dict[str, str | int | float] = Field(default_factory=dict, alias="set")


class SequencePart(RootModel[Annotated[str, Field(min_length=1, max_length=80)]]):
    """The name of a sequence of the reactor."""


class CheckpointPart(RootModel[Annotated[str, Field(min_length=1, max_length=80)]]):
    """The name of a place."""


class PromptPart(RootModel[Annotated[str, Field(min_length=1, max_length=500)]]):
    """The text that is shown."""


class VaryPart(FileModel):
    """A value for each cycle of a loop: from one to another, or one by one."""

    start: str | int | float | None = Field(None, alias="from")
    to: str | int | float | None = None
    shape: Literal["linear", "s_curve"] = "linear"
    step: str | int | float | None = None
    table: Annotated[list[str | int | float], Field(min_length=1)] | None = None


class RepeatPart(FileModel):
    """A loop; its steps are compiled one by one, each with its own line."""

    repeat: Cycles
    name: str = ""
    layer: str = ""
    vary: dict[str, VaryPart] = Field(default_factory=dict)
    steps: Annotated[list[object], Field(min_length=1)]


class ParallelPart(
    RootModel[
        Annotated[
            dict[Annotated[str, Field(min_length=1, max_length=40)], Annotated[list[object], Field(min_length=1)]],
            Field(min_length=2, max_length=8),
        ]
    ]
):
    """Branches by name."""


class IfFailsPart(FileModel):
    """Steps that mend what failed, and what comes then."""

    steps: Annotated[list[object], Field(min_length=1)]
    then: Literal["again", "hold", "continue", "stop", "cap", "abort"] = "again"


class RegionPart(FileModel):
    """Steps within which no run that broke off is taken up again, and why."""

    no_resume: Annotated[str, Field(min_length=1, max_length=200)]
    name: str = "no_resume"
    steps: Annotated[list[object], Field(min_length=1)]


class ParameterPart(FileModel):
    """A number, bare or with its unit, that may be set for one run within its bounds."""

    default: str | int | float
    low: str | int | float
    high: str | int | float


TOGETHER = " + "
"""Between the processes of a recipe that has several."""


class RecipePart(FileModel):
    """A whole recipe file; steps are judged one by one."""

    recipe: Literal[1]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    process: Literal["ALD", "MLD", "iCVD", "ALD + iCVD", "MLD + iCVD", "ALD + MLD + iCVD"]
    substrate: str
    reactor: str = ""
    """The reactor it is written for, a file beside it or a shipped one: taken where a person names none."""
    status: Literal["unverified", "verified"] = "unverified"
    parameters: dict[str, ParameterPart] = Field(default_factory=dict)
    prime: list[object] = Field(default_factory=list)
    steps: Annotated[list[object], Field(min_length=1)]
    cap: list[object] = Field(default_factory=list)
    last: list[object] = Field(default_factory=list, alias="finally")
    on_weak_dose: Literal["hold", "extend", "continue"] | None = None
    """What three weak doses of a source in a row lead to; by itself hold on a substrate that must not get warm."""
    changeover: bool = False
    """Whether the walls count as bare once it is complete, whatever has coated them before."""
    expect_refusal: str = ""
    """The code of the finding that must refuse this recipe: it is kept as a warning to others."""
