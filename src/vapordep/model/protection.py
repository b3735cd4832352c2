"""What protects the outputs of a reactor when the engine does not, as its file claims it."""

from enum import StrEnum

from vapordep.lazy import dataclass


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
