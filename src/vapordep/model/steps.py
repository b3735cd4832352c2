"""The steps of a plan that every process has, as inert data in SI."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from vapordep.lazy import dataclass
from vapordep.units import Dimension, format_si


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every step has: the place in the recipe file it came from."""

    word: ClassVar[str]
    """The step's word in a recipe, such as `pump_purge`."""
    where: str = ""
    """`file:line`."""
    if_fails: "IfFails | None" = None
    """What follows when what it waits for does not come true; without, the run is held."""

    @property
    def label(self) -> str:
        """The step as events, pulses and the progress line call it: `dose TMA 50 ms`."""
        return self.word


class Otherwise(StrEnum):
    """What follows when something did not come true in time: a verb of the run, or going on all the same."""

    HOLD = "hold"
    CONTINUE = "continue"
    STOP = "stop"
    CAP = "cap"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class IfFails:
    """What follows when a step fails: `steps` that mend it, then it is tried `again` once, or what `otherwise` says.

    A second failure holds the run.
    """

    otherwise: Otherwise = Otherwise.HOLD
    """Where it is not tried again."""
    steps: tuple[Step, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump(Step):
    """Pump the chamber down to `to` Pa within `within` s; `soft`: through the soft valve first."""

    word = "pump"
    to: float
    within: float
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpPurge(Step):
    """Fill with the purge gas to `high` Pa and pump to `low` Pa, `cycles` times; each half within `within` s."""

    word = "pump_purge"
    cycles: int
    high: float
    low: float
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCheck(Step):
    """Shut pump and gases off for `duration` s and judge the rate of rise as a throughput."""

    word = "leak_check"
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Step):
    """Set gas flows, mol/s by line; zero shuts the line."""

    word = "flow"
    flows: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat(Step):
    """Bring zones to temperatures in K at `rate` K/s and wait until each is within `tolerance` K of it."""

    word = "heat"
    targets: Mapping[str, float]
    rate: float
    tolerance: float
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cool(Step):
    """Heaters off, and wait until each zone is at or below its temperature in K, `within` s at the longest.

    Nothing holds it there: it goes on to the temperature of the room.
    """

    word = "cool"
    targets: Mapping[str, float]
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stabilise(Step):
    """Wait `duration` s during which every heated zone stays within `tolerance` K of its setpoint."""

    word = "stabilise"
    duration: float
    tolerance: float


BOOSTED = 0.5
"""From the end of a boost to the dose that it pushes, in s: both edges are prepared before they are due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose(Step):
    """Open one source's valve for `width` s, `pulses` times with `gap` s between them.

    Before the first of them gas pushes into the bottle for `boost` s, where there is such.
    """

    word = "dose"
    source: str
    width: float
    pulses: int = 1
    gap: float = 0.0
    boost: float = 0.0

    @property
    def label(self) -> str:
        """With source and width."""
        times = f"{self.pulses} x " if self.pulses > 1 else ""
        return f"{self.word} {self.source} {times}{format_si(self.width, Dimension.TIME)}"

    @property
    def duration(self) -> float:
        """From the first opening to the last closing, in s."""
        before = self.boost + BOOSTED if self.boost else 0.0
        return before + self.pulses * self.width + (self.pulses - 1) * self.gap


@dataclass(frozen=True, slots=True)
class Until:
    """A purge ends when the part `residue` of the last dose is left, `longest` s at the latest; what then, if not."""

    residue: float
    longest: float
    otherwise: Otherwise = Otherwise.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge(Step):
    """Let the carrier flow for `duration` s with every source shut; with `until` at least so long."""

    word = "purge"
    duration: float
    until: Until | None = None

    @property
    def label(self) -> str:
        """With its time, or what ends it."""
        if self.until is not None:
            return f"{self.word} until cleared"
        return f"{self.word} {format_si(self.duration, Dimension.TIME)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Step):
    """Bring one output, by its tag, to a value in SI."""

    word = "set"
    output: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp(Step):
    """Bring one output, by its tag, to a value in SI linearly over `duration` s."""

    word = "ramp"
    output: str
    to: float
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Step):
    """Wait until a condition is true, `within` s at the longest."""

    word = "wait"
    until: str
    within: float
    otherwise: Otherwise = Otherwise.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(Step):
    """Leave everything as it is for `duration` s: vapour in a chamber that is shut off goes where it can."""

    word = "rest"
    duration: float

    @property
    def label(self) -> str:
        """With its time."""
        return f"{self.word} {format_si(self.duration, Dimension.TIME)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(Step):
    """Ask a person to confirm something before the run goes on."""

    word = "prompt"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOver(Step):
    """A person confirms that nothing on walls and wires is left which other sources must not meet (C5)."""

    word = "change_over"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCheck(Step):
    """Compare a flow (mol/s) with the rate of rise over `duration` s; off by more than `tolerance` holds.

    It is that of a line, or of a steady `source`: what its controller reads, or what its needle was proven to give.
    """

    word = "flow_check"
    line: str = ""
    source: str = ""
    flow: float
    tolerance: float
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vent(Step):
    """Fill the chamber with the purge gas to `to` Pa, `within` s at the longest."""

    word = "vent"
    to: float
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Step):
    """A person lays samples on the stage of the vented chamber, `within` s at the longest."""

    word = "load"
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unload(Step):
    """A person takes the samples out of the vented chamber, `within` s at the longest."""

    word = "unload"
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Step):
    """Put a named place on record, from which a run may be continued."""

    word = "checkpoint"
    name: str

    @property
    def label(self) -> str:
        """With its name."""
        return f"{self.word} {self.name}"
