"""The film beside the expected one: layers of one name in their order, and what never came."""

import math
from dataclasses import replace

import pytest

from vapordep.app.verdict.film import beside, deviation
from vapordep.model.film import Film, FilmLayer


def film(*layers: tuple[str, float]) -> Film:
    return Film(tuple(layer(name, thickness) for name, thickness in layers))


def layer(name: str, thickness: float) -> FilmLayer:
    """Of two cycles; one called `A + B` is two layers a cycle."""
    turns = (2, 2) if "+" in name else ()
    return FilmLayer(name, thickness, 2, thickness / 2, 1e-6, turns=turns)


def test_layers_of_one_name_meet_in_their_order() -> None:
    found = beside(film(("A", 1.0), ("B", 2.0), ("A", 3.0)), film(("A", 1.1), ("B", 2.2), ("A", 3.3)))
    assert [layer.expected_thickness for layer in found] == [1.1, 2.2, 3.3]
    assert deviation(found) == pytest.approx(6.0 / 6.6 - 1.0)


def test_a_layer_that_never_came_has_no_thickness() -> None:
    found = beside(film(("A", 1.0)), film(("A", 1.0), ("B", 1.0)))
    assert [(layer.name, layer.thickness, layer.cycles) for layer in found] == [("A", 1.0, 2), ("B", 0.0, 0)]
    assert deviation(found) == pytest.approx(-0.5)


def test_without_an_expectation_there_is_no_deviation() -> None:
    [layer] = beside(film(("A", 1.0)), None)
    assert math.isnan(layer.expected_thickness)
    assert math.isnan(deviation((layer,)))
    assert math.isnan(deviation(()))


def test_what_is_no_film_on_either_side_is_not_compared() -> None:
    nothing, some = film(("A", 9e-14)), film(("A", 2e-9))
    assert math.isnan(deviation(beside(nothing, film(("A", 1e-14)))))
    assert deviation(beside(nothing, some)) == pytest.approx(-1.0, abs=1e-4)
    assert deviation(beside(some, film(("A", 1e-12)))) == pytest.approx(1999.0)


def test_first_cycles_that_nobody_expects_are_told_and_not_compared() -> None:
    """Those of a run that goes on."""
    found = beside(film(("nucleation", 0.5), ("A", 2.0)), film(("A", 2.0)))
    assert [layer.thickness for layer in found] == [0.5, 2.0]
    assert deviation(found) == 0.0


def test_the_turns_of_a_supercycle_are_told_as_what_is_expected_of_it() -> None:
    turns = (("A", 2.0), ("B", 1.0)) * 2
    given = film(("nucleation", 0.5), *turns, ("A", 4.0))
    found = beside(given, film(("nucleation", 0.5), ("A + B", 6.0), ("A", 5.0)))
    assert [(layer.name, layer.thickness, layer.expected_thickness) for layer in found] == [
        ("nucleation", 0.5, 0.5), ("A + B", 6.0, 6.0), ("A", 4.0, 5.0),
    ]  # fmt: skip
    assert (found[1].cycles, found[1].growth_per_cycle) == (2, 3.0)
    assert deviation(found) == pytest.approx(10.5 / 11.5 - 1.0)


def test_a_supercycle_that_never_came_is_missing() -> None:
    [layer] = beside(film(), film(("A + B", 6.0)))
    assert (layer.name, layer.thickness) == ("A + B", 0.0)


def test_a_layer_before_a_supercycle_is_no_part_of_it() -> None:
    given = film(("A", 4.0), *(("A", 2.0), ("B", 1.0)) * 2)
    found = beside(given, film(("A", 4.0), ("A + B", 6.0)))
    assert [(layer.name, layer.thickness) for layer in found] == [("A", 4.0), ("A + B", 6.0)]


def test_the_cycles_of_a_gradient_meet_theirs() -> None:
    """Two cycles of A alone, then one of both, which broke off."""
    expected = Film((replace(layer("A", 4.0), turns=(1, 1)), layer("A + B", 6.0)))
    found = beside(film(("A", 2.0), ("A", 2.1), ("A", 1.0), ("B", 1.0), ("A", 1.2)), expected)
    assert [(layer.thickness, layer.cycles) for layer in found] == [(4.1, 2), (3.2, 1)]
