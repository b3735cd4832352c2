"""The units that values may be shown in, by dimension: the pages convert by the one table there is."""

from fastapi import FastAPI
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers.answer import Answer
from vapordep.units import Dimension, spellings, unit


class UnitTold(Answer):
    """One unit: SI value = number * factor + offset."""

    unit: str
    factor: float
    offset: float


class UnitTable(Answer):
    """All units, by the name of their dimension; the first of each is the SI unit."""

    dimensions: dict[str, list[UnitTold]] = Field(examples=[{"voltage": [{"unit": "V", "factor": 1, "offset": 0}]}])


def add(app: FastAPI) -> None:
    """Adds the route."""
    table = UnitTable(dimensions={dimension.value: _units(dimension) for dimension in Dimension})

    @app.get("/api/units", dependencies=[Needs(Right.READ)])
    def units() -> UnitTable:
        """Every unit that a recipe may be written in, to show values in: `value = number * factor + offset` in SI."""
        return table


def _units(dimension: Dimension) -> list[UnitTold]:
    known = (unit(symbol, dimension) for symbol in spellings(dimension))
    return [UnitTold(unit=each.symbol, factor=each.factor, offset=each.offset) for each in known]
