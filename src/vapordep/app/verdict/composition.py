"""The composition of a gradient against depth: metals among the cations, or monomers in a copolymer."""

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from vapordep.app.twin.film import merged
from vapordep.app.verdict.film import Layer
from vapordep.lazy import dataclass
from vapordep.model.film import Slab


@dataclass(frozen=True, slots=True)
class Profile:
    """A metal or a monomer: its share, 0 to 1, in each slice, and the borders of the slices in m, one more than slices.

    Each dose of a metal counts as one cation a site; depth begins at the substrate, without the excess of the first
    cycles. `given` is of what grew, `expected` of the plan. What grows in no cycles has shares expected of slices of
    its own, `expected_shares`; else they are those that grew.
    """

    part: str
    shares: tuple[float, ...]
    given: tuple[float, ...]
    expected: tuple[float, ...]
    among: str = "cations"
    expected_shares: tuple[float, ...] = ()


def of_copolymer(grown: tuple[Slab, ...], expected: tuple[Slab, ...] = ()) -> tuple[Profile, ...]:
    """A profile for each monomer of a copolymer whose composition changes with depth; none of any other film."""
    slabs = grown or expected
    names = [name for name in (slabs[0].shares if slabs else ()) if any(slab.shares[name] > 0.0 for slab in slabs)]
    if not any(len({slab.shares[name] for slab in slabs}) > 1 for name in names):
        return ()
    return tuple(
        Profile(
            name,
            tuple(slab.shares[name] for slab in grown),
            (0.0, *(slab.top for slab in grown)),
            (0.0, *(slab.top for slab in expected)),
            "monomers",
            tuple(slab.shares.get(name, 0.0) for slab in expected),
        )
        for name in names
    )


def coarser(profile: Profile, most: int) -> Profile:
    """The same in `most` slices at the most; a profile of cycles stays as it is."""
    if profile.among == "cations" or len(profile.shares) <= most:
        return profile
    both = zip(profile.given[1:], profile.shares, strict=True)
    few = merged(tuple(Slab(top, {profile.part: share}) for top, share in both), most)
    shares = tuple(slab.shares[profile.part] for slab in few)
    return replace(profile, shares=shares, given=(0.0, *(slab.top for slab in few)))


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
