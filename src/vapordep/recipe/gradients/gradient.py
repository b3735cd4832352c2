"""A gradient of whole cycles: a wanted composition against depth becomes the numbers to write under `vary`."""

import itertools
import math
from collections.abc import Sequence

from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.recipe.language.varying import MOST_TURNS

Profile = Sequence[tuple[float, float]]
"""Points (depth in m from the substrate, share of the first film among the sub-cycles, 0 to 1), straight between."""


@dataclass(frozen=True, slots=True)
class Supercycle:
    """Whole cycles of two films one after the other: from depth `begin` to `end` in m, `wanted` in its middle."""

    first: int
    second: int
    begin: float
    end: float
    wanted: float

    @property
    def share(self) -> float:
        """The share of the first film among its sub-cycles."""
        return self.first / (self.first + self.second)

    @property
    def error(self) -> float:
        """What whole numbers make of the wanted share: given less wanted."""
        return self.share - self.wanted


def supercycles(profile: Profile, growth: tuple[float, float], sub_cycles: int) -> tuple[Supercycle, ...]:
    """Supercycles of `sub_cycles` each, as many as come nearest to the depth of the profile's last point.

    `growth` is in m a cycle, of the first film and of the second. The share of each is the whole number nearest to what
    is wanted in its middle. Raises InputError for a profile or a growth that is none.
    """
    check_profile(profile)
    _check(growth, sub_cycles)
    depth, found, whole = 0.0, list[Supercycle](), profile[-1][0]
    while True:
        cycle = _at(depth, profile, growth, sub_cycles)
        if found and whole - depth <= 0.5 * (cycle.end - depth):
            return tuple(found)
        if len(found) == MOST_TURNS:
            what = f"more than {MOST_TURNS} supercycles of {sub_cycles}"
            raise InputError(what, remedy="put more sub-cycles into each, or want a thinner film")
        found.append(cycle)
        depth = cycle.end


def _at(depth: float, profile: Profile, growth: tuple[float, float], sub_cycles: int) -> Supercycle:
    """The supercycle that begins at `depth`; its middle depends on what it holds, and is found in two steps."""
    share = wanted(profile, depth)
    for _ in range(2):
        thickness = sub_cycles * (share * growth[0] + (1.0 - share) * growth[1])
        share = wanted(profile, depth + 0.5 * thickness)
    first = math.floor(sub_cycles * share + 0.5)
    end = depth + first * growth[0] + (sub_cycles - first) * growth[1]
    return Supercycle(first, sub_cycles - first, depth, end, share)


def wanted(profile: Profile, depth: float) -> float:
    """The share that is wanted at a depth in m; beyond the last point that of the last."""
    for (begin, before), (end, after) in itertools.pairwise(profile):
        if depth < end:
            return before + (after - before) * (depth - begin) / (end - begin)
    return profile[-1][1]


def check_profile(profile: Profile) -> None:
    """Raises InputError for a profile that is none."""
    depths, shares = [depth for depth, _ in profile], [share for _, share in profile]
    rising = all(before < after for before, after in itertools.pairwise(depths))
    if len(profile) < 2 or depths[0] != 0.0 or not rising or not all(map(math.isfinite, depths)):
        raise InputError("the depths of a profile begin at 0 and rise", remedy="write `0 nm: 100 %, 7.5 nm: 20 %`")
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise InputError("a share lies between 0 and 1", remedy="write it as 20 % or 0.2")


def _check(growth: tuple[float, float], sub_cycles: int) -> None:
    if not all(math.isfinite(one) and one > 0.0 for one in growth):
        raise InputError("both films must grow", remedy="give a growth per cycle above 0")
    if sub_cycles < 1:
        raise InputError(f"{sub_cycles} sub-cycles make no supercycle", remedy="give 1 or more")
