"""The command `gradient`: a wanted composition against depth becomes the cycles of a recipe, with their error."""

import math
from functools import partial
from pathlib import Path

from vapordep.app.plots.gradient import Piece, plot_gradient
from vapordep.app.words import nanometres
from vapordep.chemistry import Film, film
from vapordep.cli.terminal.output import console, listing, plain, write_json
from vapordep.cli.terminal.summary import print_plot
from vapordep.errors import InputError
from vapordep.recipe.gradients.gradient import Profile, Supercycle, supercycles, wanted
from vapordep.units import Dimension, parse

FORM = "write depth and share of the first film, such as `0 nm: 100 %, 7.5 nm: 20 %`"


def gradient(
    first: str, second: str, profile: str, temperature: str, sub_cycles: int, *, as_json: bool, plot: Path | None = None
) -> None:
    """Prints supercycles and what to write into a recipe, and draws them.

    Raises InputError for what cannot be made of whole cycles, FileError for a plot that cannot be written.
    """
    kelvin = parse(temperature, Dimension.TEMPERATURE)
    films = film(first), film(second)
    growth = _growth(films[0], kelvin), _growth(films[1], kelvin)
    points = profile_of(profile)
    found = supercycles(points, growth, sub_cycles)
    if plot is not None:
        pieces = [Piece(cycle.begin, cycle.end, partial(_even, cycle)) for cycle in found]
        plot_gradient(films[0].name, pieces, partial(wanted, points), 1, plot)
    if as_json:
        write_json(_as_json(found, films, growth, kelvin))
        return
    out = console()
    for one, grown in zip(films, growth, strict=True):
        known = one.growth_per_cycle.at(kelvin)
        doubt = ", beyond its range" if known.extrapolated else ""
        out.print(plain(f"{one.name}: {grown * 1e9:.3f} nm a cycle at {temperature} [{known.mark}{doubt}]"))
    table = listing("supercycle>", f"{films[0].name}>", f"{films[1].name}>", "up to>", "wanted>", "given>", "error>")
    for number, cycle in enumerate(found, 1):
        shares = (f"{100 * cycle.wanted:.1f} %", f"{100 * cycle.share:.1f} %", f"{100 * cycle.error:+.1f}")
        table.add_row(str(number), str(cycle.first), str(cycle.second), nanometres(cycle.end), *shares)
    out.print()
    out.print(table)
    out.print()
    largest, mean = _errors(found)
    out.print(plain(f"error of whole cycles: at most {100 * largest:.1f} points, {100 * mean:.1f} in the mean square"))
    out.print()
    for line in _recipe(found, films):
        out.print(plain(line), soft_wrap=True)
    if plot is not None:
        print_plot(plot)


def _even(cycle: Supercycle, part: float) -> float:
    """A supercycle counts as one composition."""
    return cycle.share


def _growth(grown: Film, kelvin: float) -> float:
    return float(grown.growth_per_cycle.at(kelvin).value)


def profile_of(text: str) -> Profile:
    """Points from `depth: share` with commas between; raises InputError."""
    points = []
    for part in text.split(","):
        depth, colon, share = (piece.strip() for piece in part.partition(":"))
        if not colon:
            raise InputError(f"{part.strip()!r} is no point of a profile", remedy=FORM)
        points.append((parse(depth, Dimension.LENGTH), parse(share, Dimension.FRACTION)))
    return points


def _errors(found: tuple[Supercycle, ...]) -> tuple[float, float]:
    """The largest error, and the root of the mean square."""
    errors = [cycle.error for cycle in found]
    return max(map(abs, errors)), math.sqrt(sum(error**2 for error in errors) / len(errors))


def _recipe(found: tuple[Supercycle, ...], films: tuple[Film, Film]) -> list[str]:
    """What to write into a recipe, the doses left to its author."""
    lines = [
        f"- repeat: {len(found)}", "  name: gradient", "  vary:",
        f"    first: {{table: {[cycle.first for cycle in found]}}}",
        f"    second: {{table: {[cycle.second for cycle in found]}}}",
        "  steps:",
    ]  # fmt: skip
    for name, one in zip(("first", "second"), films, strict=True):
        lines += [f"    - repeat: ${name}", f"      layer: {one.name}", "      steps: [...]"]
    return lines


def _as_json(
    found: tuple[Supercycle, ...], films: tuple[Film, Film], growth: tuple[float, float], kelvin: float
) -> dict[str, object]:
    largest, mean = _errors(found)
    return {
        "films": [one.name for one in films],
        "temperature_K": kelvin,
        "growth_per_cycle_m": list(growth),
        "first": [cycle.first for cycle in found],
        "second": [cycle.second for cycle in found],
        "end_m": [cycle.end for cycle in found],
        "wanted": [cycle.wanted for cycle in found],
        "given": [cycle.share for cycle in found],
        "largest_error": largest,
        "mean_square_error": mean,
    }
