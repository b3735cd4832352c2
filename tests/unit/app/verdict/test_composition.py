"""The composition by depth: shares by sub-cycles, borders by what grew, and nothing where nothing changes."""

import math

import pytest

from vapordep.app.verdict.composition import profiles
from vapordep.app.verdict.film import Layer


def layer(thickness: float, expected: float, **metals: int) -> Layer:
    return Layer("any", 2, thickness, math.nan, 0.0, expected, math.nan, metals)


def test_each_slice_has_its_share_between_its_borders() -> None:
    zinc, aluminium = profiles([layer(0.3, math.nan), layer(1.4, 1.5, Zn=5), layer(1.6, 1.5, Zn=4, Al=1)])
    assert (zinc.part, zinc.shares) == ("Zn", (1.0, 0.8))
    assert aluminium.shares == pytest.approx((0.0, 0.2))
    assert zinc.given == pytest.approx((0.0, 1.4, 3.0))
    assert zinc.expected == pytest.approx((0.0, 1.5, 3.0))


def test_a_film_of_one_metal_has_no_profile() -> None:
    assert profiles([layer(1.0, 1.0, Al=1), layer(1.0, 1.0, Al=2)]) == ()
    assert profiles([layer(1.0, 1.0, Al=1, Zn=1)] * 2) == ()
    assert profiles([]) == ()


def test_what_never_grew_has_no_depth() -> None:
    [zinc, _] = profiles([layer(1.0, 1.0, Zn=1), layer(math.nan, 1.0, Al=1)])
    assert zinc.given == (0.0, 1.0, 1.0)
