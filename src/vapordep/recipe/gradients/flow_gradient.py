"""A gradient of flows: a wanted composition of a copolymer against depth becomes the legs of a deposition."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.recipe.gradients.gradient import Profile, check_profile, wanted

MOST_LEGS = 100
NEAR = 1e-12


@dataclass(frozen=True, slots=True)
class Pair:
    """Two monomers: their saturated pressures on the stage in Pa, and the reactivity ratios r1 and r2."""

    saturated: tuple[float, float]
    ratios: tuple[float, float] = (1.0, 1.0)

    def film(self, flow: float) -> float:
        """The share of the first in the film, from its share in the flow of both.

        Each adsorbs in proportion to P/Psat, and chains take them up after Mayo and Lewis (1944):
        F1 = (r1 f1^2 + f1 f2)/(r1 f1^2 + 2 f1 f2 + r2 f2^2).
        """
        one, two = flow / self.saturated[0], (1.0 - flow) / self.saturated[1]
        first = one / (one + two)
        second, (ratio, other) = 1.0 - first, self.ratios
        mixed = first * second
        return (ratio * first * first + mixed) / (ratio * first * first + 2.0 * mixed + other * second * second)

    def flow(self, film: float) -> float:
        """The share in the flow that gives a share in the film: the other way round, by halving."""
        low, high = 0.0, 1.0
        while high - low > NEAR:
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.film(middle) < film else (low, middle)
        return 0.5 * (low + high)


@dataclass(frozen=True, slots=True)
class Way:
    """One leg, from depth `begin` to `end` in m; shares of the first monomer in the flow at both.

    `wanted` and `given` are its shares in the film in the middle of the leg, where flows that go straight are furthest
    from what is wanted.
    """

    begin: float
    end: float
    flows: tuple[float, float]
    wanted: float
    given: float
    along: Callable[[float], float]
    """The share in the film that flows which go straight give, by the part (0 to 1) of the way."""

    @property
    def error(self) -> float:
        """What flows that go straight make of the wanted share: given less wanted."""
        return self.given - self.wanted


def ways(profile: Profile, pair: Pair, legs: int) -> tuple[Way, ...]:
    """So many legs of the same thickness through a profile; raises InputError for one that is none.

    A leg ends at each point of the profile as well, so that a step in its slope is met.
    """
    check_profile(profile)
    if any(not 0.0 < share < 1.0 for _, share in profile):
        what = "a share of 0 or 100 % takes a source that is shut, and legs only change flows"
        raise InputError(what, remedy="write 1 % or 99 %, or deposit that block by itself")
    if not 1 <= legs <= MOST_LEGS:
        raise InputError(f"{legs} legs", remedy=f"give 1 to {MOST_LEGS}")
    ends = _ends(profile, legs)
    return tuple(_way(begin, end, profile, pair) for begin, end in pairwise(ends))


def _ends(profile: Profile, legs: int) -> Sequence[float]:
    whole = profile[-1][0]
    return sorted({*(whole * leg / legs for leg in range(legs + 1)), *(depth for depth, _ in profile)})


def _way(begin: float, end: float, profile: Profile, pair: Pair) -> Way:
    flows = pair.flow(wanted(profile, begin)), pair.flow(wanted(profile, end))
    middle = wanted(profile, 0.5 * (begin + end))

    def along(part: float) -> float:
        return pair.film(flows[0] + part * (flows[1] - flows[0]))

    return Way(begin, end, flows, middle, along(0.5), along)
