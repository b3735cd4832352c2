"""The commands about bottles: `bottles list | install | weigh | remove`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vapordep.cli.commands.options import History, Json
from vapordep.cli.families import family

if TYPE_CHECKING:  # `--help` waits for nothing
    from vapordep.model.bottles import Bottle, Shelf
    from vapordep.model.reactor import Reactor

app = family("What stands at a reactor's sources: enter bottles, and see how much is left in them.")
ReactorName = Annotated[
    str, typer.Argument(help="A reactor file, or the name of a shipped one, such as glovebox_ald.", metavar="REACTOR")
]
Source = Annotated[str, typer.Argument(help="A source of the reactor file, such as TMA.", metavar="SOURCE")]
Mass = Annotated[
    str, typer.Argument(help='What it holds, without the bottle\'s own mass: "25 g".', metavar="MASS")
]  # fmt: skip
Day = Annotated[str, typer.Option("--day", help="When: 2026-11-27 [today].", metavar="DAY")]
Person = Annotated[str | None, typer.Option("--person", help="Who did it [your login name].", metavar="NAME")]


@app.command("list")
def show(
    reactor: ReactorName,
    every: Annotated[bool, typer.Option("--all", help="Those that were taken away, too.")] = False,
    history: History = None,
    json: Json = False,
) -> None:
    """List what stands at a reactor's sources, and how much is left.

    What is left is what was installed or weighed last, less what runs took since: of a run on a real reactor worked out
    from its pulses and flows. Dry runs take nothing. Exit status 1 when a line of the record is not whole.

    \b
    vapordep bottles list glovebox_ald
    vapordep bottles list glovebox_ald --all --json
    """
    from vapordep.cli.output import tell, write_json
    from vapordep.history.bottles import file_of, shelf

    read, folder = _reactor(reactor), _folder(history)
    found = shelf(folder, read.name)
    bottles = [bottle for bottle in found.bottles if every or not bottle.removed]
    if json:
        write_json({
            "reactor": read.name, "bottles": [_as_json(bottle) for bottle in bottles], "damaged": list(found.damaged),
        })  # fmt: skip
    else:
        _print(read, bottles, found)
    for number in found.damaged:
        place = f"{file_of(folder, read.name)}:{number}"
        tell(f"error: {place} is not as it was written, and does not count: weigh the bottles")
    if found.damaged:
        raise typer.Exit(1)


@app.command("install")
def install(
    reactor: ReactorName,
    source: Source,
    mass: Mass,
    lot: Annotated[str, typer.Option("--lot", help="Lot or serial number.", metavar="TEXT")] = "",
    day: Day = "",
    person: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter a bottle that was put at a source.

    From then on the check compares with what is left in it, and the simulated reactor starts with that.

    \b
    vapordep bottles install glovebox_ald TMA "25 g" --lot 4711
    """
    from vapordep.history import bottles as record

    bottle = record.install(_folder(history), _reactor(reactor), source, _mass(mass), _who(person), lot=lot, day=day)
    _tell(bottle, json=json)


@app.command("weigh")
def weigh(
    reactor: ReactorName,
    source: Source,
    mass: Mass,
    day: Day = "",
    person: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter what a bottle holds now; "0 g" says that it is empty, and the check refuses it.

    \b
    vapordep bottles weigh glovebox_ald TMA "18.2 g"
    """
    from vapordep.history import bottles as record

    bottle = record.weigh(_folder(history), _reactor(reactor), source, _mass(mass), _who(person), day=day)
    _tell(bottle, json=json)


@app.command("remove")
def remove(
    reactor: ReactorName,
    source: Source,
    day: Day = "",
    person: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter that the bottle of a source was taken away.

    \b
    vapordep bottles remove glovebox_ald TMA
    """
    from vapordep.history import bottles as record

    _tell(record.remove(_folder(history), _reactor(reactor), source, _who(person), day=day), json=json)


def _reactor(name: str) -> "Reactor":
    from vapordep.app.places import reactor_file
    from vapordep.reactor import read_reactor

    return read_reactor(reactor_file(name))


def _folder(history: Path | None) -> Path:
    from vapordep.history.folder import default_folder

    return (history or default_folder()).absolute()


def _mass(text: str) -> float:
    from vapordep.units import Dimension, parse

    return parse(text, Dimension.MASS)


def _who(person: str | None) -> str:
    from vapordep.app.request import login_name

    return (person or "").strip() or login_name()


def _as_json(bottle: "Bottle") -> dict[str, object]:
    """SI; `left_kg` is what is left."""
    from dataclasses import asdict

    left, molar_mass = _left(bottle)
    plain = asdict(bottle)
    filled, mass, used = (plain.pop(name) for name in ("filled", "mass", "used"))
    held = {"filled_kg": filled, "weighed_kg": mass, "used_mol": used, "left_mol": left, "left_kg": left * molar_mass}
    return {**plain, **held}


def _left(bottle: "Bottle") -> tuple[float, float]:
    from vapordep.chemistry import substance

    molar_mass = substance(bottle.substance).molar_mass
    return bottle.left(molar_mass), molar_mass


def _print(reactor: "Reactor", bottles: "list[Bottle]", found: "Shelf") -> None:
    from vapordep.cli.output import console, listing, plain

    table = listing("source", "substance", "lot", "filled>", "left>", "installed", "weighed", "removed")
    for bottle in bottles:
        table.add_row(*(plain(text) for text in _row(bottle)))
    out = console()
    if bottles:
        out.print(table)
    missing = [name for name in reactor.sources if found.at(name) is None]
    if missing:
        out.print(plain(f"of {', '.join(missing)} no bottle is on record: they count as full"), soft_wrap=True)


def _row(bottle: "Bottle") -> Iterator[str]:
    from vapordep.units import Dimension, format_si

    left, molar_mass = _left(bottle)
    yield from (bottle.source, bottle.substance, bottle.lot or "-", format_si(bottle.filled, Dimension.MASS))
    yield format_si(left * molar_mass, Dimension.MASS) if left else "empty"
    yield from (bottle.installed, bottle.weighed or "-", bottle.removed or "-")


def _tell(bottle: "Bottle", *, json: bool) -> None:
    from vapordep.cli.output import console, plain, write_json
    from vapordep.units import Dimension, format_si

    if json:
        write_json(_as_json(bottle))
        return
    left, molar_mass = _left(bottle)
    told = f"{format_si(left * molar_mass, Dimension.MASS)} are left in it" if left else "it is empty"
    gone = f", taken away {bottle.removed}" if bottle.removed else ""
    console().print(plain(f"{bottle.source}: {bottle.substance}, {bottle.called}{gone}; {told}"), soft_wrap=True)
