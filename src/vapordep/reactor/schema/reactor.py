"""The form of a whole reactor file: every key it may have."""

from typing import Literal

from pydantic import Field

from vapordep.files import FileModel
from vapordep.reactor.schema.heated import FilamentPart, MicrobalancePart, StagePart, TreatmentPart, ZonePart
from vapordep.reactor.schema.protection import DeadManPart, HardwarePart, InterlockPart, WaiverPart
from vapordep.reactor.schema.quantities import CellRef, Name, TagName, Text
from vapordep.reactor.schema.simulation import ImpuritiesPart, SimulationPart
from vapordep.reactor.schema.sources import SourcePart
from vapordep.reactor.schema.vessel import ChamberPart, InstrumentPart, LinePart, PumpPart, ThrottlePart


class SequencePart(FileModel):
    """Steps that belong to this reactor, under a name that recipes call; recipes judge them, where they are called."""

    does: Text
    steps: list[object] = Field(min_length=1)


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
