"""A reactor as its file describes it: chamber, gas lines, sources, zones, instruments, interlocks, safe values."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.model.chamber import Chamber, GasLine, PumpLine, Stage, Zone
from vapordep.model.icvd import Filament, Microbalance, Throttle
from vapordep.model.impurities import Impurities
from vapordep.model.instruments import Cell, Instrument
from vapordep.model.interlocks import InterlockRule
from vapordep.model.outputs import Output
from vapordep.model.protection import DeadMan, Hardware, Waiver
from vapordep.model.simulation import SimulationSettings
from vapordep.model.sources import SourceLine
from vapordep.model.treatments import Treatment


@dataclass(frozen=True, slots=True)
class Reactor:
    """One reactor. `wiring` gives each cell of an instrument the tag it is known by."""

    name: str
    text: str
    sha256: str
    file: str
    processes: tuple[str, ...]
    substrates: tuple[str, ...]
    """What is coated here; the safe gases are judged against each."""
    chamber: Chamber
    pump: PumpLine
    lines: Mapping[str, GasLine]
    purge_line: str
    sources: Mapping[str, SourceLine]
    zones: Mapping[str, Zone]
    stage: Stage
    instruments: Mapping[str, Instrument]
    wiring: Mapping[Cell, str]
    outputs: Mapping[str, Output]
    interlocks: tuple[InterlockRule, ...]
    waivers: tuple[Waiver, ...] = ()
    dead_man: DeadMan | None = None
    hardware: tuple[Hardware, ...] = ()
    simulated: bool = False
    """True when the lines lead to simulated instruments: every run on it is a dry run for ever."""
    throttle: Throttle | None = None
    filament: Filament | None = None
    microbalance: Microbalance | None = None
    truth: str = ""
    """Where a `vapordep simulate` process answers for the ground truth, `host:port`."""
    simulation: SimulationSettings = field(default_factory=SimulationSettings)
    impurities: Impurities = field(default_factory=Impurities)
    treatments: Mapping[str, Treatment] = field(default_factory=dict)
    sequences: Mapping[str, str] = field(default_factory=dict)
    """What each of its named sequences does; their steps stand in `text`."""

    @property
    def carrying(self) -> frozenset[str]:
        """The gas lines that carry or feed a source, and reach the chamber through its valve only."""
        return frozenset(source.through for source in self.sources.values() if source.through)

    @property
    def hybrid(self) -> bool:
        """Whether polymers are made in the chamber in which films grow in cycles."""
        return "iCVD" in self.processes and len(self.processes) > 1

    @property
    def gas_zone(self) -> str:
        """The zone whose temperature the gas has."""
        return self.chamber.walls or self.stage.surrounded_by or self.stage.zone
