"""A film in the terminal: its layers, and their sum."""

from rich.table import Table

from vapordep.app.words import nanometres, per_cycle, shown
from vapordep.cli.terminal.output import listing, plain
from vapordep.model.film import Film
from vapordep.units import Dimension


def film_table(film: Film) -> Table:
    """The layers of a film, and their sum."""
    table = listing("film", "thickness>", "cycles>", "per cycle>", "mass>")
    for layer in film.layers:
        growth = per_cycle(layer.growth_per_cycle) if layer.cycles else "-"
        mass = shown(layer.mass, Dimension.MASS_PER_AREA)
        table.add_row(plain(layer.name), nanometres(layer.thickness), str(layer.cycles or "-"), growth, mass)
    table.add_row("all", nanometres(film.thickness), "", "", shown(film.mass, Dimension.MASS_PER_AREA), style="bold")
    return table
