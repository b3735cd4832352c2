"""What a reactor file says of its simulation, and of the impurities that bare metal meets."""

from vapordep.model.impurities import Impurities
from vapordep.model.simulation import SimulationSettings
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.references import choose
from vapordep.reactor.schema.simulation import ImpuritiesPart


def impurities(part: ImpuritiesPart) -> Impurities:
    """What the file says of a gas, beside what is assumed of the others."""
    assumed = Impurities()
    given = {name: getattr(part, name).model_dump(exclude_none=True) for name in ("carrier", "filling", "air")}
    return Impurities(**{name: {**getattr(assumed, name), **parts} for name, parts in given.items()}, leak=part.leak)


def simulation(assembly: Assembly) -> SimulationSettings:
    """How the simulated reactor differs; sources that it names must be those of the file."""
    part = assembly.parts.simulation
    ratios: dict[tuple[str, str], float] = {}
    for index, pair in enumerate(part.reactivity):
        for place, name in enumerate(pair.monomers):
            path = ("simulation", "reactivity", index, "monomers", place)
            with assembly.gathering():
                choose(assembly, name, "source", assembly.parts.sources, *path)
        first, second = pair.monomers
        ratios |= {(first, second): pair.r1, (second, first): pair.r2}
    for name in part.slow_sites:
        with assembly.gathering():
            choose(assembly, name, "source", assembly.parts.sources, "simulation", "slow_sites", name)
    for place, name in enumerate(part.shut):
        with assembly.gathering():
            choose(assembly, name, "source", assembly.parts.sources, "simulation", "shut", place)
    slow = {name: (sites.share, sites.speed) for name, sites in part.slow_sites.items()}
    told = {**part.model_dump(), "reactivity": ratios, "slow_sites": slow, "shut": tuple(part.shut)}
    return SimulationSettings(**told)
