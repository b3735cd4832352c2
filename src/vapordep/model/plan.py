"""Plans: a checked recipe as inert data; loops stay block times count, so that no plan grows with its cycles."""

from collections.abc import Iterator, Mapping
from dataclasses import field
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
    """What follows when a step fails: `steps` that mend it, then it is tried `again` once, or what `otherwise` says."""

    otherwise: Otherwise = Otherwise.HOLD
    """After `again` that of a second failure."""
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
    """Heaters off, and wait until each zone is at or below its temperature in K, `within` s at the longest."""

    word = "cool"
    targets: Mapping[str, float]
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stabilise(Step):
    """Wait `duration` s during which every heated zone stays within `tolerance` K of its setpoint."""

    word = "stabilise"
    duration: float
    tolerance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose(Step):
    """Open one source's valve for `width` s, `pulses` times with `gap` s between them."""

    word = "dose"
    source: str
    width: float
    pulses: int = 1
    gap: float = 0.0

    @property
    def label(self) -> str:
        """With source and width."""
        times = f"{self.pulses} x " if self.pulses > 1 else ""
        return f"{self.word} {self.source} {times}{format_si(self.width, Dimension.TIME)}"

    @property
    def duration(self) -> float:
        """From the first opening to the last closing, in s."""
        return self.pulses * self.width + (self.pulses - 1) * self.gap


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
class LetIn(Step):
    """Let vapour of steady sources in, or shut them: mol/s by source; 0 shuts, None opens a needle."""

    word = "vapour"
    flows: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPressure(Step):
    """Let the throttle hold `pressure` Pa, steady within the part `tolerance` for `steady` s; or go to a `position`."""

    word = "throttle"
    pressure: float | None = None
    position: float | None = None
    tolerance: float = 0.05
    steady: float = 30.0
    within: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Light(Step):
    """Light the filament, to `temperature` K within `tolerance` K or to `voltage` V, over `ramp` s; 0 V puts it out."""

    word = "filament"
    temperature: float | None = None
    voltage: float | None = None
    tolerance: float = 5.0
    ramp: float = 10.0
    within: float = 300.0


class Blind(StrEnum):
    """What ends a deposition whose crystal says nothing: its time, or nothing but a person."""

    TIME = "time"
    HOLD = "hold"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a deposition, of `duration` s, over which flows go from what they are to its end.

    That end is `flows` in mol/s by source, or with `shares` (0 to 1, 1 in all) the same total, shared anew. Linear, or
    with `s_curve` slow at both ends; without either, nothing changes.
    """

    duration: float
    flows: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    s_curve: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources whose flows change."""
        return (*self.flows, *self.shares)

    def share(self, way: float) -> float:
        """How far the flows are, 0 to 1, when the part `way` of its time is over."""
        return way * way * (3.0 - 2.0 * way) if self.s_curve else way

    def ends(self, begins: Mapping[str, float]) -> Mapping[str, float]:
        """Flows in mol/s of its sources at its end, from those at its beginning."""
        total = sum(begins[name] for name in self.shares)
        return {**self.flows, **{name: share * total for name, share in self.shares.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Step):
    """Let grow until the crystal has taken `thickness` m, `duration` s at the longest; then the filament goes out.

    Over its `legs`, one after the other from its beginning on, flows change.
    """

    word = "deposit"
    duration: float
    thickness: float | None = None
    blind: Blind = Blind.TIME
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero(Step):
    """From here on the film on the crystal counts."""

    word = "zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treat(Step):
    """Plasma or light at `power` W, within the part `tolerance` once warmed up, for `duration` s; then off."""

    word = "treat"
    role: str
    power: float
    duration: float
    warm_up: float
    tolerance: float

    @property
    def label(self) -> str:
        """With role, power and time."""
        power, time = format_si(self.power, Dimension.POWER), format_si(self.duration, Dimension.TIME)
        return f"{self.word} {self.role} {power} {time}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(Step):
    """Ask a person to confirm something before the run goes on."""

    word = "prompt"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCheck(Step):
    """Compare a line's flow (mol/s) with the rate of rise over `duration` s; off by more than `tolerance` holds."""

    word = "flow_check"
    line: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Step):
    """From here on come the steps of another recipe; what was called is in the record by name and hash."""

    word = "call"
    recipe: str
    sha256: str

    @property
    def label(self) -> str:
        """With the recipe's name."""
        return f"{self.word} {self.recipe}"


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps that are done one after the other beside those of other branches."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Step):
    """Branches that begin together; it ends when all have ended. No two of them command the same output."""

    word = "parallel"
    branches: tuple[Branch, ...]

    @property
    def label(self) -> str:
        """With the names of its branches."""
        return f"{self.word} {', '.join(branch.name for branch in self.branches)}"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a block within a loop that varies stands for: the loop's cycles from `first` on (from 1), of `total`."""

    first: int
    total: int
    layer: str = ""
    """What the whole loop deposits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Step):
    """Steps done `count` times; a block that deposits names its layer.

    A loop that varies is done once, and holds a block for each run of equal cycles, which says so by its `turn`.
    So is a region from which no run is resumed.
    """

    word = "repeat"
    name: str
    steps: tuple[Step, ...]
    count: int = 1
    layer: str = ""
    turn: Turn | None = None
    no_resume: str = ""
    """Why no run goes on that was broken off within; empty where it may."""

    @property
    def varies(self) -> bool:
        """Whether its cycles differ, and are in the blocks within."""
        return any(isinstance(step, Block) and step.turn is not None for step in self.steps)

    @property
    def cycles(self) -> int:
        """How many cycles it has, also when they differ."""
        return sum(step.count for step in self.steps if isinstance(step, Block)) if self.varies else self.count

    @property
    def total(self) -> int:
        """How many cycles the loop has of which this is all, or a part."""
        return self.turn.total if self.turn else self.count

    @property
    def adds_to_layer(self) -> bool:
        """Whether each of its cycles is one of a layer."""
        return bool(self.turn.layer) if self.turn else bool(self.layer) and not self.varies

    def number(self, cycle: int) -> int:
        """What people call a cycle of it (from 0): its number in the loop, from 1."""
        return cycle + (self.turn.first if self.turn else 1)

    @property
    def innermost(self) -> bool:
        """Whether no block is within."""
        return not any(isinstance(step, Block) for step in self.steps)

    @property
    def deposits(self) -> bool:
        """Whether it doses, directly or in a block within."""
        return any(isinstance(step, Dose) or (isinstance(step, Block) and step.deposits) for step in self.steps)


class OnWeak(StrEnum):
    """What is done about weak doses: hold the run, give the dose again, or go on all the same."""

    HOLD = "hold"
    EXTEND = "extend"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe checked against one reactor and one substrate, ready to run."""

    recipe: str
    process: str
    substrate: str
    steps: tuple[Step, ...]
    prime: Block | None = None
    """Also among `steps`, where the recipe calls it; kept apart because a continued run needs it again."""
    finally_steps: tuple[Step, ...] = ()
    parameters: Mapping[str, float | int | str] = field(default_factory=dict)
    on_weak_dose: OnWeak = OnWeak.CONTINUE
    cap: tuple[Step, ...] = ()
    """Closes the film when a run ends before its plan and a person decides so."""
    changeover: bool = False
    """Whether the walls count as bare once it is complete."""

    @property
    def pulses(self) -> int:
        """How many pulses the whole plan gives."""
        return sum(count * step.pulses for step, count in self.leaves() if isinstance(step, Dose))

    def leaves(self) -> Iterator[tuple[Step, int]]:
        """Every step that is not a block, with how often it is done in all."""
        yield from _leaves(self.steps, 1)
        yield from _leaves(self.finally_steps, 1)


def _leaves(steps: tuple[Step, ...], count: int) -> Iterator[tuple[Step, int]]:
    for step in steps:
        if isinstance(step, Block):
            yield from _leaves(step.steps, count * step.count)
        else:
            yield step, count
