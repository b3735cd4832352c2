"""Plans: a checked recipe as inert data; loops stay block times count, so that no plan grows with its cycles."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum

from vapordep.lazy import dataclass
from vapordep.model.steps import Dose, Step


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
