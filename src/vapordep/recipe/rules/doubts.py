"""What chemistry does not know of the substances that a plan lets in: how fast they react, and to what."""

from collections.abc import Iterator, Mapping

from vapordep.chemistry import FILMS, Mark, Polymer, Role, UnknownName, derivatisations, polymer, substance
from vapordep.recipe.case import Case
from vapordep.recipe.findings import Finding, Severity
from vapordep.safety.vapour import vapour_part


def doubts(where: Mapping[str, str], case: Case) -> Iterator[Finding]:
    """Substances whose uptake nobody has measured: the expected film is as good as that guess."""
    foil = case.foil_limit
    for name, place in where.items():
        if derivatisations(case.reactor.sources[name].substance):
            yield _conversion_doubt(name, place, case)
            continue
        known = case.kinetics(name)
        number = None if known is None else known.adsorption_constant(foil)
        if number is None or number.mark is Mark.U:
            vapour = substance(case.reactor.sources[name].substance).name
            what = f"how fast {vapour} fills a surface is {'assumed' if number else 'unknown'}, not measured"
            yield Finding("R-DATA", what, place, "measure the saturation of its dose on your reactor", Severity.NOTE)
        yield from _carried_doubt(name, place, case)
    yield from _unknown_films(where, case)


def of_polymers(where: Mapping[str, str], case: Case) -> Iterator[Finding]:
    """Monomers of which nobody has measured how fast they grow: a film that ends by time is as good as that guess."""
    grown = {name: _polymer(name, case) for name in where}
    assumed = {name: film.name for name, film in grown.items() if film is not None and film.rate.mark is Mark.U}
    if assumed:
        named = " and ".join(assumed.values())
        what = f"how fast {named} {'grows' if len(assumed) == 1 else 'grow'} is assumed, not measured"
        remedy = "end the film by its thickness, and measure it; by time alone it is a guess"
        yield Finding("R-DATA", what, where[next(iter(assumed))], remedy, Severity.NOTE)


def _polymer(name: str, case: Case) -> Polymer | None:
    """What grows of what a source holds; None when nobody knows, or it is no monomer."""
    try:
        return polymer(case.reactor.sources[name].substance)
    except UnknownName:
        return None


def _carried_doubt(name: str, place: str, case: Case) -> Iterator[Finding]:
    """A gas that carries or pushes a vapour makes a pulse without it as well."""
    source = case.reactor.sources[name]
    if source.bubbler or source.boost:
        part = f"{100.0 * vapour_part(source, source.temperature):.2g} %"
        what = f"the gauge sees the gas of {name} as well, {part} are vapour: an empty bottle hardly shows"
        remedy = "keep the record of its bottle (`vapordep bottles install`), and measure the film"
        yield Finding("R-SOURCE", what, place, remedy, Severity.NOTE)


def _unknown_films(where: Mapping[str, str], case: Case) -> Iterator[Finding]:
    """Metal precursors of which no film is known with anything that is dosed: what grows, nobody can tell."""
    dosed = {name: substance(case.reactor.sources[name].substance) for name in where}
    partners = {known.name for known in dosed.values() if known.role is Role.COREACTANT}
    for name, known in dosed.items():
        films = {film.coreactant for film in FILMS if film.precursor == known.name}
        if known.role is Role.PRECURSOR and partners and not films & partners:
            pair = f"{known.name} with {' or '.join(sorted(partners))}"
            what = f"no growth of {pair} is known: none is expected or simulated"
            remedy = "measure the film, and do not trust the expected thickness"
            yield Finding("R-DATA", what, where[name], remedy, Severity.NOTE)


def _conversion_doubt(name: str, place: str, case: Case) -> Finding:
    vapour = substance(case.reactor.sources[name].substance).name
    what = f"how fast {vapour} converts a film is assumed, not measured: so is the conversion to expect"
    remedy = "measure the conversion of your film after a few exposures, by infrared or by the crystal's mass"
    return Finding("R-DATA", what, place, remedy, Severity.NOTE)
