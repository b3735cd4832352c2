"""Amendments: what a person may change of a plan that is already running; its structure stays."""

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class CyclesAmendment:
    """So many cycles more of the loop named `block`, or fewer when `change` is negative."""

    block: str
    change: int


@dataclass(frozen=True, slots=True)
class PurgeAmendment:
    """Every purge right after a dose of `source` takes `factor` times as long, and `longer` s more."""

    source: str
    longer: float = 0.0
    factor: float = 1.0


Amendment = CyclesAmendment | PurgeAmendment
