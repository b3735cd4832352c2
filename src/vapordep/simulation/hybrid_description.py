"""A simulated reactor for ALD, MLD and iCVD in one chamber, as plain data in SI."""

from collections.abc import Mapping

from vapordep.lazy import dataclass
from vapordep.simulation.description import HeatedZone, PlantDescription
from vapordep.simulation.icvd_description import IcvdDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridDescription:
    """One chamber described twice: `steady` whole; `cycles` as its pulses see it, with the sources that give those.

    Both have the same volume, pump, feeds, inflows and gauges; the zones are those of `steady`, which has no heated
    stage but a bath under it.
    """

    cycles: PlantDescription
    steady: IcvdDescription

    @property
    def zones(self) -> Mapping[str, HeatedZone]:
        """The heated ones, by name."""
        return self.steady.zones
