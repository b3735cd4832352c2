"""The form of what a reactor file says of its protection: interlocks, waivers, hardware, the dead man."""

from typing import Literal

from pydantic import Field

from vapordep.files import FileModel
from vapordep.reactor.schema.quantities import CellRef, Day, Duration, TagName, Text


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
