"""Pulses: what was planned, commanded and acknowledged for each opening of a source valve, and what it gave."""

from enum import StrEnum

from vapordep.lazy import dataclass


class Verdict(StrEnum):
    """How a pulse looked on the gauge."""

    GOOD = "good"
    WEAK = "weak"
    LATE = "late"
    """As strong as usual, but much later than its valve was commanded."""
    UNSEEN = "unseen"
    """No valid pressure reading covered it."""
    ISOLATED = "isolated"
    """Given into a chamber shut off from its pump, where its area says nothing."""
    PART = "part"
    """Not the last pulse of its dose, which has the area of all."""
    REFUSED = "refused"
    """Not given: a permissive, a trip or the range stood against it, and its valve stayed shut."""
    UNMEASURED = "unmeasured"
    """Given, and its tail not over yet; it stays so where the process goes away before that."""

    @property
    def doubtful(self) -> bool:
        """Whether several of this kind in a row are answered (interlock P6)."""
        return self in (Verdict.WEAK, Verdict.LATE)


@dataclass(frozen=True, slots=True)
class PulseIntent:
    """What is about to be dosed; made durable before the valve opens. Instants in s on the clock."""

    number: int
    """Counts the pulses of a run from 1."""
    source: str
    step: str
    """Where in the plan, such as `main[12].dose TMA`."""
    cycle: int
    """Cycle of the innermost repeat, from 1; 0 outside of one."""
    planned_open: float
    planned_close: float


@dataclass(frozen=True, slots=True)
class PulseRecord:
    """One pulse as it went: instants in s on the clock, pressures in Pa, area in Pa s; NaN where not known."""

    intent: PulseIntent
    commanded_open: float
    commanded_close: float
    acknowledged_open: float
    acknowledged_close: float
    baseline: float
    peak: float
    area: float
    verdict: Verdict

    @property
    def width(self) -> float:
        """How long the valve was commanded open, in s."""
        return self.commanded_close - self.commanded_open
