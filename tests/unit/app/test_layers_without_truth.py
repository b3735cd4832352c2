"""The film of a live run whose simulation did not always answer: what is not known is said to be unknown."""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vapordep.app.places import reactor_file
from vapordep.app.running.live_run import _probe
from vapordep.app.twin.film import FilmBook
from vapordep.model.film import Film
from vapordep.model.plan import Block
from vapordep.reactor import read_reactor

LAYER = Block(where="", name="main", steps=(), count=3, layer="Al2O3")


def told(thickness: float) -> dict[str, Any]:
    """Ground truth of a film of that thickness in m."""
    return {"thickness": thickness, "mass": 3000.0 * thickness, "nucleation": 0.0, "layers": {}}


def film_of(*answers: dict[str, Any] | None) -> Film:
    """The film of one layer of which the plant told this at its begin, at its end and after the run."""
    waiting: Iterator[dict[str, Any] | None] = iter(answers)

    async def probe() -> dict[str, Any] | None:
        return next(waiting)

    async def grow() -> Film:
        book = FilmBook(probe)
        await book.begin(LAYER)
        for _ in range(LAYER.count):
            book.cycle()
        await book.end()
        return await book.film()

    return asyncio.run(grow())


def test_a_layer_whose_begin_is_not_known_has_no_thickness() -> None:
    assert film_of(told(1e-9), told(2e-9), told(2e-9)).thickness == 1e-9
    assert math.isnan(film_of(None, told(2e-9), told(2e-9)).thickness)


def test_a_layer_whose_end_is_not_known_is_taken_to_the_end_of_the_run() -> None:
    assert film_of(told(1e-9), None, told(2e-9)).thickness == 1e-9


def test_a_simulation_that_is_gone_tells_nothing_and_breaks_nothing() -> None:
    reactor = replace(read_reactor(reactor_file(None)), simulated=True, truth="127.0.0.1:1")
    assert asyncio.run(_probe(reactor)()) is None  # type: ignore[arg-type]
