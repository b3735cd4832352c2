"""The command `gradient --reactor`: a wanted composition of a copolymer becomes flows, with their error."""

import math
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from vapordep.app.places import reactor_file
from vapordep.app.plots.gradient import POINTS, Piece, plot_gradient
from vapordep.app.words import nanometres
from vapordep.cli.recipes.gradient import profile_of
from vapordep.cli.terminal.output import console, listing, plain, write_json
from vapordep.cli.terminal.summary import print_plot
from vapordep.errors import InputError
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe.gradients.flow_gradient import Pair, Way, ways
from vapordep.recipe.gradients.gradient import wanted
from vapordep.safety.vapour import expected, polymerises
from vapordep.units import Dimension, format_si, parse


class Asked(NamedTuple):
    """What somebody wants, as it was typed."""

    sources: tuple[str, str]
    profile: str
    temperature: str
    total: str
    time: str
    legs: int


def flow_gradient(reactor: str, asked: Asked, *, as_json: bool, plot: Path | None = None) -> None:
    """Prints legs and what to write into a recipe, and draws them.

    Raises InputError for sources, flows or a profile that are none, FileError for a plot that cannot be written.
    """
    described = read_reactor(reactor_file(reactor))
    total, time = parse(asked.total, Dimension.MOLAR_FLOW), parse(asked.time, Dimension.TIME)
    if not (total > 0.0 and time > 0.0):
        raise InputError("flow and time must be above 0", remedy="write `--total 1.3 sccm --time 24 min`")
    pair = _pair(described, asked.sources, parse(asked.temperature, Dimension.TEMPERATURE))
    points = profile_of(asked.profile)
    found = ways(points, pair, asked.legs)
    _refuse_flows(described, asked.sources, total, found)
    if plot is not None:
        pieces = [Piece(way.begin, way.end, way.along) for way in found]
        plot_gradient(asked.sources[0], pieces, partial(wanted, points), POINTS, plot)
    times = [time * (way.end - way.begin) / found[-1].end for way in found]
    if as_json:
        write_json(_as_json(asked, found, times, total))
        return
    out, (first, second) = console(), asked.sources
    out.print(
        plain(f"{first} and {second} adsorb in proportion to P/Psat at {asked.temperature}, r1 and r2 {pair.ratios}")
    )
    out.print()
    out.print(_table(first, found, times, total))
    largest, mean = _errors(found)
    out.print()
    out.print(
        plain(f"error of straight flows: at most {100 * largest:.1f} points, {100 * mean:.1f} in the mean square")
    )
    out.print(
        plain("the film follows flows with the chamber's residence time, and its rate is taken as even: dry-run it")
    )
    out.print()
    for line in _recipe(asked.sources, found, times, total):
        out.print(plain(line), soft_wrap=True)
    if plot is not None:
        print_plot(plot)


def _table(first: str, found: tuple[Way, ...], times: list[float], total: float) -> Table:
    """A row for each leg: its depths, how long it takes (s), the first source's flows (`total` mol/s), its shares."""
    table = listing("leg>", "from>", "to>", "time>", f"{first} from>", "to>", "wanted>", "given>", "error>")
    for number, (way, lasts) in enumerate(zip(found, times, strict=True), 1):
        ends = (_flow(total * share) for share in way.flows)
        shares = (f"{100 * way.wanted:.1f} %", f"{100 * way.given:.1f} %", f"{100 * way.error:+.1f}")
        table.add_row(str(number), nanometres(way.begin), nanometres(way.end), _time(lasts), *ends, *shares)
    return table


def _pair(reactor: Reactor, names: tuple[str, str], kelvin: float) -> Pair:
    known = {name: source for name, source in reactor.sources.items() if source.metered and polymerises(source)}
    for name in names:
        if name not in known:
            what = f"{name} is no monomer with a flow controller on {reactor.name}"
            raise InputError(what, remedy=f"name two of: {', '.join(known) or 'none'}")
    if names[0] == names[1]:
        raise InputError("a gradient takes two monomers", remedy="name another one")
    one, two = (expected(known[name])(kelvin) for name in names)
    ratios = reactor.simulation.reactivity
    return Pair((one, two), (ratios.get(names, 1.0), ratios.get((names[1], names[0]), 1.0)))


def _refuse_flows(reactor: Reactor, names: tuple[str, str], total: float, found: tuple[Way, ...]) -> None:
    """Raises InputError for a flow that a controller cannot hold."""
    for name, shares in zip(names, zip(*((s, 1.0 - s) for way in found for s in way.flows), strict=True), strict=True):
        most = reactor.outputs[f"{name}.flow_setpoint"].high
        if total * max(shares) > most:
            what = f"{name} would have to flow {_flow(total * max(shares))}; its controller gives {_flow(most)}"
            raise InputError(what, remedy="give a smaller --total")


def _recipe(names: tuple[str, str], found: tuple[Way, ...], times: list[float], total: float) -> list[str]:
    """What to write into a recipe; what else flows is left to its author."""
    lines = [f"- vapour: {_flows(names, found[0].flows[0], total)}", "- deposit:", "    legs:"]
    for way, lasts in zip(found, times, strict=True):
        lines.append(f"      - {{for: {_time(lasts)}, flows: {_flows(names, way.flows[1], total)}}}")
    return lines


def _flows(names: tuple[str, str], share: float, total: float) -> str:
    return f"{{{names[0]}: {_flow(total * share)}, {names[1]}: {_flow(total * (1.0 - share))}}}"


def _flow(flow: float) -> str:
    return format_si(flow, Dimension.MOLAR_FLOW)


def _time(time: float) -> str:
    return format_si(time, Dimension.TIME)


def _errors(found: tuple[Way, ...]) -> tuple[float, float]:
    """The largest error, and the root of the mean square."""
    errors = [way.error for way in found]
    return max(map(abs, errors)), math.sqrt(sum(error**2 for error in errors) / len(errors))


def _as_json(asked: Asked, found: tuple[Way, ...], times: list[float], total: float) -> dict[str, object]:
    largest, mean = _errors(found)
    return {
        "sources": list(asked.sources),
        "time_s": times,
        "end_m": [way.end for way in found],
        "flow_mol_s": [
            [total * share, total * (1.0 - share)] for share in (found[0].flows[0], *(w.flows[1] for w in found))
        ],
        "wanted": [way.wanted for way in found],
        "given": [way.given for way in found],
        "largest_error": largest,
        "mean_square_error": mean,
    }
