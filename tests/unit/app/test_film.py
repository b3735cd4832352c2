"""The film book: layers from ground truth at their borders, nucleation told apart, broken layers, no plant."""

import asyncio
import math
from typing import Any

import pytest

from vapordep.app.twin.film import FilmBook
from vapordep.model.film import Film
from vapordep.model.plan import Block

DENSITY = 3000.0


def truth(thickness: float, nucleation: float = 0.0) -> dict[str, Any]:
    """A plant that has grown so much, in nm."""
    layer = {"thickness": thickness * 1e-9, "mass": thickness * 1e-9 * DENSITY, "nucleation": nucleation * 1e-9}
    layers = {"Al2O3": layer} if thickness else {}
    return {"thickness": thickness * 1e-9, "mass": thickness * 1e-9 * DENSITY, "nucleation": nucleation * 1e-9,
            "layers": layers}  # fmt: skip


class Plant:
    """Answers with what it has grown."""

    def __init__(self) -> None:
        self.truth: dict[str, Any] | None = truth(0.0)

    async def probe(self) -> dict[str, Any] | None:
        return self.truth


def block(layer: str) -> Block:
    return Block(where="", name="main", steps=(), count=10, layer=layer)


async def grow(plant: Plant, book: FilmBook, *ends: tuple[str, int, dict[str, Any] | None]) -> Film:
    for name, cycles, then in ends:
        await book.begin(block(name))
        for _ in range(cycles):
            book.cycle()
        plant.truth = then
        await book.end()
    return await book.film()


def test_layers_are_differences_at_their_borders() -> None:
    plant = Plant()
    film = asyncio.run(grow(plant, FilmBook(plant.probe), ("A", 10, truth(1.0)), ("B", 5, truth(2.5))))
    assert [layer.name for layer in film.layers] == ["A", "B"]
    assert [layer.thickness for layer in film.layers] == pytest.approx([1e-9, 1.5e-9])
    assert [layer.growth_per_cycle for layer in film.layers] == pytest.approx([1e-10, 3e-10])
    assert film.mass == pytest.approx(2.5e-9 * DENSITY)


def test_nucleation_stands_apart_and_the_sum_is_what_grew() -> None:
    plant = Plant()
    film = asyncio.run(grow(plant, FilmBook(plant.probe), ("A", 10, truth(1.2, nucleation=0.2))))
    nucleation, steady = film.layers
    assert (nucleation.name, steady.name) == ("nucleation", "A")
    assert nucleation.thickness == pytest.approx(0.2e-9)
    assert steady.thickness == pytest.approx(1.0e-9)
    assert film.thickness == pytest.approx(1.2e-9)
    assert film.mass == pytest.approx(1.2e-9 * DENSITY)


def test_what_grew_in_no_layer_is_told_so_that_the_sum_is_what_grew() -> None:
    async def unnamed() -> Film:
        plant = Plant()
        book = FilmBook(plant.probe)
        plant.truth = truth(0.5)
        await book.open()
        await grow(plant, book, ("A", 10, truth(1.5)))
        plant.truth = truth(1.9, nucleation=0.1)
        return await book.film()

    film = asyncio.run(unnamed())
    assert [layer.name for layer in film.layers] == ["nucleation", "A", "no layer"]
    assert film.layers[-1].thickness == pytest.approx(0.3e-9)
    assert film.thickness == pytest.approx(1.4e-9)
    assert film.mass == pytest.approx(1.4e-9 * DENSITY)


def test_a_layer_that_was_broken_off_ends_where_that_of_the_cap_begins() -> None:
    async def capped() -> Film:
        plant = Plant()
        book = FilmBook(plant.probe)
        await book.begin(block("A"))
        plant.truth = truth(0.4)
        return await grow(plant, book, ("cap", 3, truth(0.7)))

    assert [layer.thickness for layer in asyncio.run(capped()).layers] == pytest.approx([0.4e-9, 0.3e-9])


def test_a_layer_that_was_broken_off_counts_its_whole_cycles() -> None:
    async def broken() -> Film:
        plant = Plant()
        book = FilmBook(plant.probe)
        await book.begin(block("A"))
        book.cycle()
        plant.truth = truth(0.15)
        return await book.film()

    [layer] = asyncio.run(broken()).layers
    assert (layer.cycles, layer.thickness) == (1, pytest.approx(0.15e-9))


def test_a_layer_without_a_whole_cycle_has_no_growth_per_cycle() -> None:
    plant = Plant()
    [layer] = asyncio.run(grow(plant, FilmBook(plant.probe), ("A", 0, truth(0.01)))).layers
    assert math.isnan(layer.growth_per_cycle)


def test_a_layer_that_did_not_grow_is_no_fault() -> None:
    plant = Plant()
    nothing = truth(0.0) | {"layers": {"A": {"thickness": 0.0, "mass": 0.0, "nucleation": 0.0}}}
    [layer] = asyncio.run(grow(plant, FilmBook(plant.probe), ("A", 2, nothing))).layers
    assert layer.thickness == 0.0


def test_without_a_plant_there_is_no_film() -> None:
    plant = Plant()
    plant.truth = None
    assert asyncio.run(grow(plant, FilmBook(plant.probe), ("A", 3, None))) == Film()
