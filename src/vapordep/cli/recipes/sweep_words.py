"""A sweep in words and tables: its points before they run, what each gave, the fit, what is proposed."""

from collections.abc import Iterator, Mapping, Sequence

from vapordep.analysis.saturation import Constant
from vapordep.app import sweep as app
from vapordep.app.words import count, shown
from vapordep.cli.terminal.output import console, listing, plain, tell
from vapordep.units import Dimension

D = Dimension
MOST_WARNINGS = 3
"""Of more, only the number is told."""


def announce(points: Sequence[app.Point], names: Sequence[str], todo: int, kind: str = "dry run") -> None:
    """Which points are not run and why, what is doubtful about the others, and how many runs there will be."""
    for point in points:
        if point.recipe is None:
            first, *more = point.refusals
            others = f", and {count(len(more), 'more finding')}" if more else ""
            tell(f"not run, {set_of(point, names)}: {first.code} {first.where}: {first.message}{others}")
    warnings = dict.fromkeys(str(warning) for point in points if point.recipe for warning in point.recipe.warnings)
    for warning in list(warnings)[:MOST_WARNINGS]:
        tell(f"warning: {warning}")
    if len(warnings) > MOST_WARNINGS:
        tell(f"{len(warnings) - MOST_WARNINGS} more warnings; see `vapordep check`")
    tell(f"{count(todo, kind)} of {count(len(points), 'point')}")


def set_of(point: app.Point, names: Sequence[str]) -> str:
    """The parameters that differ, with the values of this point."""
    return ", ".join(f"{name} = {point.request.settings[name]}" for name in names)


def told(gave: app.Gave) -> str:
    """What came of one point: its growth per cycle, or why there is none."""
    if gave.run is None:
        return f"failed: {gave.failure}"
    if not gave.complete:
        return f"{gave.run.state}: {gave.run.reason}"
    return shown(gave.measured.growth, D.GROWTH_PER_CYCLE)


def print_points(
    points: Sequence[app.Point], names: Sequence[str], given: Mapping[int, app.Gave], found: app.Found, fit: str | None
) -> None:
    """A row a point, then the fit in words."""
    sources = list(dict.fromkeys(name for gave in given.values() for name in gave.measured.areas))
    table = listing(*(f"{name}>" for name in names), "growth>", "film>", *(f"{name} area>" for name in sources), "run")
    for point in points:
        gave = given.get(point.number)
        numbers = gave.measured if gave is not None and gave.complete else app.Measured()
        table.add_row(
            *(plain(point.request.settings[name]) for name in names),
            shown(numbers.growth, D.GROWTH_PER_CYCLE),
            shown(numbers.thickness, D.LENGTH),
            *(shown(numbers.areas.get(name), D.EXPOSURE) for name in sources),
            plain(_run(point, gave)),
        )
    out = console()
    out.print(table)
    if fit is not None:
        for line in _fitted(found):
            out.print(plain(line), soft_wrap=True)


def _run(point: app.Point, gave: app.Gave | None) -> str:
    if point.recipe is None:
        return f"refused: {point.refusals[0].code}"
    if gave is None:
        return "not run"
    return gave.run.run_id if gave.run is not None and gave.complete else told(gave)


def _fitted(found: app.Found) -> Iterator[str]:
    """The fit in words, then what is proposed."""
    if found.reason:
        yield f"no fit: {found.reason}"
    if found.saturation is not None:
        limit = shown(found.saturation.limit, D.GROWTH_PER_CYCLE)
        yield f"growth when saturated {limit}, scatter {shown(found.saturation.scatter, D.GROWTH_PER_CYCLE)}"
        for source, constant in zip(found.sources, found.saturation.constants, strict=True):
            if constant.determined:
                yield f"{source}: k = {constant.value:.3g} +- {constant.error:.1g} /(Pa s){_slow(constant)}"
            else:
                yield f"{source}: k is not determined by these points"
    if found.purge is not None and found.purge.determined:
        fit = found.purge
        limit = shown(fit.limit, D.GROWTH_PER_CYCLE)
        yield f"growth after long purges {limit}; the excess falls with {fit.time_constant:.3g} +- {fit.error:.1g} s"
    for each in found.proposals:
        doubt = f" ({each.doubt})" if each.doubt else ""
        after = "after" if each.what == "purge" else "of"
        yield f"proposed {each.what} {after} {each.source}: {shown(each.value, D.TIME)}, for {each.why}{doubt}"


def _slow(constant: Constant) -> str:
    slow = constant.slow
    if slow is None:
        return ""
    return f"; {slow.share:.0%} of the sites are slow, k = {slow.value:.3g} +- {slow.error:.1g} /(Pa s)"
