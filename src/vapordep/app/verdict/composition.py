"""The composition of a gradient: the share of each metal among the cations against depth, as given and as expected."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from vapordep.app.verdict.film import Layer


@dataclass(frozen=True, slots=True)
class Profile:
    """One metal: its share, 0 to 1, in each slice, and the borders of the slices in m, one more than slices.

    Each dose of a metal counts as one cation a site; depth begins at the substrate, without the excess of the first
    cycles. `given` is of what grew, `expected` of the plan.
    """

    metal: str
    shares: tuple[float, ...]
    given: tuple[float, ...]
    expected: tuple[float, ...]


def profiles(layers: Iterable[Layer]) -> tuple[Profile, ...]:
    """A profile for each metal of a film whose composition changes with depth; none of any other film."""
    slices = [layer for layer in layers if layer.metals]
    metals = tuple(dict.fromkeys(metal for layer in slices for metal in layer.metals))
    found = tuple(_profile(metal, slices) for metal in metals)
    return found if any(len(set(profile.shares)) > 1 for profile in found) else ()


def _profile(metal: str, slices: list[Layer]) -> Profile:
    shares = tuple(layer.metals.get(metal, 0) / sum(layer.metals.values()) for layer in slices)
    given, expected = (layer.thickness for layer in slices), (layer.expected_thickness for layer in slices)
    return Profile(metal, shares, _borders(given), _borders(expected))


def _borders(thicknesses: Iterable[float]) -> tuple[float, ...]:
    """The depths between slices; a thickness that nobody knows counts as none."""
    return tuple(accumulate((0.0 if math.isnan(one) else one for one in thicknesses), initial=0.0))
