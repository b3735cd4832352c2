"""The frozen state of the iCVD plant: one snapshot at every instant of its grid."""

from typing import Any, NamedTuple

from vapordep.lazy import dataclass
from vapordep.simulation.plant import Memory
from vapordep_simulators.plant.chamber.chilled import Chilled
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.thermal import ThermalState
from vapordep_simulators.plant.films.polymer_film import PolymerFilm


class Hot(NamedTuple):
    """The filament: wires and thermocouple in K, voltage and current at its ends."""

    wires: float
    sensor: float
    voltage: float
    current: float


class Blade(NamedTuple):
    """The throttle: where it is and is going (0 to 1), what its loop remembers, and when that is due (s)."""

    position: float
    wanted: float
    memory: Memory
    due: float


class Books(NamedTuple):
    """What came and went by species in mol: fed, pumped, grown away or broken, made; and highest values for the record.

    `peak` in Pa, `foil` and `filament` in K, `crowded` the highest sum of P/Psat on the stage, `exposure` in Pa s and
    `attack` the same weighted with the part of the substrate still bare, by species.
    """

    fed: Floats
    pumped: Floats
    reacted: Floats
    made: float
    exposure: Floats
    attack: Floats
    peak: float
    foil: float
    filament: float
    crowded: float


class Snapshot(NamedTuple):
    """The plant at one instant of the grid.

    `moles` (m,) in the chamber; `feeds` and `metered` flows in mol/s of feeds with what fades, and of sources; `flows`
    what each source gives just now, mol/s; `content` mol in the bottles; `gauges` Pa; `condensed` (surfaces, m) and
    `in_lines` (by source) in mol; `walls` thickness in m grown on each surface but the stage. Other films than polymer
    leave the part exp(-`covered`) of the substrate bare.
    """

    moles: Floats
    feeds: tuple[float, ...]
    metered: tuple[float, ...]
    flows: tuple[float, ...]
    content: tuple[float, ...]
    gauges: tuple[float, ...]
    blade: Blade
    hot: Hot
    chilled: Chilled
    film: PolymerFilm
    rate: float
    walls: tuple[float, ...]
    condensed: Floats
    in_lines: tuple[float, ...]
    books: Books
    needles: tuple[Blade, ...] = ()
    """By source: where its motor is; one without stands open."""
    covered: float = 0.0
    supplied: tuple[float, ...] = ()
    """By source: the strength of a generator (0 to 1), or the mol of gas that push in its bottle."""


@dataclass(frozen=True, slots=True)
class IcvdState:
    """The plant at the instant `t` (s): snapshots at the first instant of the grid not before it, and one earlier."""

    t: float
    grid: int
    before: Snapshot
    now: Snapshot
    thermal: ThermalState
    filled: tuple[float, ...]
    leap: Any = None
    """The `Leap` under way, and the steps that may lead to the next."""
