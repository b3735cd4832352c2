"""The form of what a reactor file says of impurities, and of how its simulation differs."""

from typing import Annotated

from pydantic import Field

from vapordep.files import FileModel, quantity
from vapordep.reactor.schema.quantities import Duration, FoilOffset, Name, Part, Throughput
from vapordep.units import Dimension

D = Dimension


class PurityPart(FileModel):
    """Parts of water, oxygen and nitrogen in a gas."""

    H2O: Part | None = None
    O2: Part | None = None
    N2: Part | None = None


class ImpuritiesPart(FileModel):
    """What bare metal meets beside what a recipe lets in; what is left out is assumed at its worst."""

    leak: Throughput | None = Field(default=None, ge=0)
    carrier: PurityPart = Field(default_factory=PurityPart)
    filling: PurityPart = Field(default_factory=PurityPart)
    air: PurityPart = Field(default_factory=PurityPart)


class ReactivityPart(FileModel):
    """Two monomers by their sources; r1 is how much rather a chain that ends in the first goes on with the first."""

    monomers: Annotated[list[Name], Field(min_length=2, max_length=2)]
    r1: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0
    r2: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0


class SlowSitesPart(FileModel):
    """A share of the sites that takes a source's vapour at a part of the speed: saturation is soft."""

    share: Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0)]
    speed: Annotated[float, quantity(D.FRACTION, low=1e-6, high=1.0)]


class SimulationPart(FileModel):
    """How the simulated reactor differs from what the file says of the real one."""

    foil_offset: FoilOffset | None = None
    leak: Throughput = Field(default=3e-8, ge=0)
    outgassing: Throughput = Field(default=1e-8, ge=0)
    outgassing_decay: Duration = Field(default=3600.0, gt=0)
    valve_latency: Duration = Field(default=0.008, ge=0)
    valve_jitter: Duration = Field(default=0.0002, ge=0)
    vapour_pressure_factors: dict[Name, Annotated[float, Field(gt=0.0, lt=100.0)]] = Field(default_factory=dict)
    reactivity: list[ReactivityPart] = Field(default_factory=list)
    slow_sites: dict[Name, SlowSitesPart] = Field(default_factory=dict)
    shut: list[Name] = Field(default_factory=list)
