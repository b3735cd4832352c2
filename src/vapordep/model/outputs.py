"""What the engine may command: outputs, their ranges and their safe values."""

from vapordep.lazy import dataclass
from vapordep.model.instruments import Cell
from vapordep.units import Unit


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
