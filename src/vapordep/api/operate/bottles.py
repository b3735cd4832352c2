"""Bottles: what stands at each source of the served reactor, since when, and how much of it is left."""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import Field

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given
from vapordep.api.operate.commands import SourceName
from vapordep.errors import NotThere
from vapordep.history import bottles
from vapordep.history.queries import History
from vapordep.model.bottles import Bottle
from vapordep.model.reactor import Reactor
from vapordep.units import Dimension, parse

Operator = Annotated[Caller, Needs(Right.OPERATE)]
Mass = Annotated[str, Field(max_length=40, description="Net, with its unit.", examples=["25 g"])]
Day = Annotated[str, Field(max_length=10, description="ISO 8601; today without.", examples=["2026-11-23"])]
Every = Annotated[bool, Query(description="Those that were taken away, too.")]


class BottleShown(Answer):
    """One bottle; days as ISO 8601, masses net of the empty bottle."""

    number: int
    source: str
    substance: str
    lot: str
    installed: str
    person: str = Field(description="Who entered it.")
    weighed: str = Field(description="When last; empty if never.")
    removed: str = Field(description="Empty while it stands there.")
    filled_kg: float = Field(description="What it held when it was installed.")
    weighed_kg: float = Field(description="What it held when it was last weighed, or installed.")
    used_mol: float = Field(description="What runs have taken since then.")
    left_mol: float
    left_kg: float


class OnShelf(Answer):
    """What stands there; a source without a bottle on record counts as full."""

    reactor: str
    bottles: list[BottleShown]
    without: list[str] = Field(description="Sources of which no bottle is on record.")
    damaged: list[int] = Field(description="Lines of the record that are not as they were written, and do not count.")


class Installed(Given):
    """A bottle that was put at a source, and what it holds."""

    mass: Mass
    lot: Annotated[str, Field(max_length=bottles.LONGEST)] = ""
    day: Day = ""


class Weighed(Given):
    """What a bottle holds now; `0 g` for one that is empty."""

    mass: Mass
    day: Day = ""


class Removed(Given):
    """When a bottle was taken away."""

    day: Day = ""


def add(app: FastAPI, reactor: Reactor, history: History, accounts: Accounts) -> None:
    """Adds the routes."""

    @app.get("/api/bottles", dependencies=[Needs(Right.READ)])
    def listed(*, every: Every = False) -> OnShelf:
        """The bottles of the served reactor: lot, day, and what is left after what runs have taken."""
        found = bottles.shelf(history.folder, reactor.name)
        shown = [each for each in found.bottles if every or not each.removed]
        missing = [name for name in reactor.sources if found.at(name) is None]
        return OnShelf(
            reactor=reactor.name, bottles=list(map(_shown, shown)), without=missing, damaged=list(found.damaged)
        )

    @app.post("/api/bottles/{source}/install", responses=refuses(404))
    def install(source: SourceName, given: Installed, caller: Operator) -> BottleShown:
        """Enter a bottle that was put at a source; checks count with what is left in it. 422 while another stands."""
        mass = _at(source, given.mass)
        _note(caller, f"a bottle at {source}: {given.mass}")
        lot, day = given.lot, given.day
        return _shown(bottles.install(history.folder, reactor, source, mass, caller.person.name, lot=lot, day=day))

    @app.post("/api/bottles/{source}/weigh", responses=refuses(404))
    def weigh(source: SourceName, given: Weighed, caller: Operator) -> BottleShown:
        """Enter what the bottle of a source holds now; what runs take is subtracted from that."""
        mass = _at(source, given.mass)
        _note(caller, f"the bottle at {source} weighed: {given.mass}")
        return _shown(bottles.weigh(history.folder, reactor, source, mass, caller.person.name, day=given.day))

    @app.post("/api/bottles/{source}/remove", responses=refuses(404))
    def remove(source: SourceName, given: Removed, caller: Operator) -> BottleShown:
        """Enter that the bottle of a source was taken away."""
        _at(source, "0 g")
        _note(caller, f"the bottle at {source} taken away")
        return _shown(bottles.remove(history.folder, reactor, source, caller.person.name, day=given.day))

    def _at(source: str, mass: str) -> float:
        """In kg; raises NotThere for what is no source, UnitError."""
        if source not in reactor.sources:
            raise NotThere(f"there is no source {source!r}", remedy=f"one of {', '.join(reactor.sources)}")
        return parse(mass, Dimension.MASS)

    def _note(caller: Caller, what: str) -> None:
        accounts.note(caller.person.name, f"{reactor.name}: {what}")


def _shown(bottle: Bottle) -> BottleShown:
    return BottleShown.model_validate(bottles.as_plain(bottle))
