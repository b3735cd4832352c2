"""The commands `bottles`: what stands at the sources of a reactor, entered and shown with what is left."""

from collections.abc import Iterator
from pathlib import Path

import typer

from vapordep.app.places import reactor_file
from vapordep.app.request import login_name
from vapordep.chemistry import substance
from vapordep.cli.terminal.output import console, listing, plain, tell, write_json
from vapordep.history import bottles as record
from vapordep.history.folder import default_folder
from vapordep.model.bottles import Bottle, Shelf
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.units import Dimension, format_si, parse


def list_bottles(reactor: str, history: Path | None, *, every: bool, as_json: bool) -> None:
    """All that stand there, with `every` those that were taken away too; exit status 1 for a damaged record."""
    read, folder = _reactor(reactor), _folder(history)
    found = record.shelf(folder, read.name)
    bottles = [bottle for bottle in found.bottles if every or not bottle.removed]
    if as_json:
        told = [record.as_plain(bottle) for bottle in bottles]
        write_json({"reactor": read.name, "bottles": told, "damaged": list(found.damaged)})
    else:
        _print(read, bottles, found)
    for number in found.damaged:
        place = f"{record.file_of(folder, read.name)}:{number}"
        tell(f"error: {place} is not as it was written, and does not count: weigh the bottles")
    if found.damaged:
        raise typer.Exit(1)


def install(
    reactor: str, source: str, mass: str, lot: str, day: str, person: str | None, history: Path | None, *, as_json: bool
) -> None:
    """Enters a bottle that was put at a source; `mass` is what it holds, with its unit."""
    held = parse(mass, Dimension.MASS)
    bottle = record.install(_folder(history), _reactor(reactor), source, held, _who(person), lot=lot, day=day)
    _tell(bottle, as_json=as_json)


def weigh(
    reactor: str, source: str, mass: str, day: str, person: str | None, history: Path | None, *, as_json: bool
) -> None:
    """Enters what a bottle holds now."""
    held = parse(mass, Dimension.MASS)
    bottle = record.weigh(_folder(history), _reactor(reactor), source, held, _who(person), day=day)
    _tell(bottle, as_json=as_json)


def remove(reactor: str, source: str, day: str, person: str | None, history: Path | None, *, as_json: bool) -> None:
    """Enters that a bottle was taken away."""
    bottle = record.remove(_folder(history), _reactor(reactor), source, _who(person), day=day)
    _tell(bottle, as_json=as_json)


def _reactor(name: str) -> Reactor:
    return read_reactor(reactor_file(name))


def _folder(history: Path | None) -> Path:
    return (history or default_folder()).absolute()


def _who(person: str | None) -> str:
    return (person or "").strip() or login_name()


def _left(bottle: Bottle) -> tuple[float, float]:
    """What is left in mol, and the molar mass in kg/mol."""
    molar_mass = substance(bottle.substance).molar_mass
    return bottle.left(molar_mass), molar_mass


def _print(reactor: Reactor, bottles: list[Bottle], found: Shelf) -> None:
    table = listing("source", "substance", "lot", "filled>", "left>", "installed", "weighed", "removed")
    for bottle in bottles:
        table.add_row(*(plain(text) for text in _row(bottle)))
    out = console()
    if bottles:
        out.print(table)
    missing = [name for name in reactor.sources if found.at(name) is None]
    if missing:
        out.print(plain(f"of {', '.join(missing)} no bottle is on record: they count as full"), soft_wrap=True)


def _row(bottle: Bottle) -> Iterator[str]:
    left, molar_mass = _left(bottle)
    yield from (bottle.source, bottle.substance, bottle.lot or "-", format_si(bottle.filled, Dimension.MASS))
    yield format_si(left * molar_mass, Dimension.MASS) if left else "empty"
    yield from (bottle.installed, bottle.weighed or "-", bottle.removed or "-")


def _tell(bottle: Bottle, *, as_json: bool) -> None:
    if as_json:
        write_json(record.as_plain(bottle))
        return
    left, molar_mass = _left(bottle)
    told = f"{format_si(left * molar_mass, Dimension.MASS)} are left in it" if left else "it is empty"
    gone = f", taken away {bottle.removed}" if bottle.removed else ""
    console().print(plain(f"{bottle.source}: {bottle.substance}, {bottle.called}{gone}; {told}"), soft_wrap=True)
