"""What a copolymer is made of: the terminal model, which for two monomers is the equation of Mayo and Lewis."""

from collections.abc import Sequence

ROUNDS = 200
"""Most turns of the search with three monomers and more."""

Ratios = Sequence[Sequence[float]]


def mayo_lewis(first: float, ratio: float, other_ratio: float) -> float:
    """Part of the first of two monomers in the polymer, from its part `first` in the feed and r1, r2.

    F1 = (r1 f1^2 + f1 f2)/(r1 f1^2 + 2 f1 f2 + r2 f2^2); Mayo and Lewis, J. Am. Chem. Soc. 1944, 66, 1594.
    """
    second = 1.0 - first
    grown = ratio * first * first + first * second
    total = grown + first * second + other_ratio * second * second
    return grown / total


def composition(feed: Sequence[float], ratios: Ratios) -> tuple[float, ...]:
    """Mole fractions in the polymer from those in the feed (sum 1); `ratios[i][j]` is r_ij = k_ii/k_ij, 1 for i = j.

    A chain that ends in i adds j with a probability proportional to f_j/r_ij; what a chain consists of is the steady
    state of these steps.
    """
    if len(feed) == 1:
        return (1.0,)
    if len(feed) == 2:
        part = mayo_lewis(feed[0], ratios[0][1], ratios[1][0])
        return part, 1.0 - part
    count = range(len(feed))
    steps = []
    for end in count:
        weights = [feed[added] / ratios[end][added] for added in count]
        total = sum(weights)
        steps.append([weight / total for weight in weights])
    found = list(feed)
    for _ in range(ROUNDS):
        after = [sum(found[end] * steps[end][added] for end in count) for added in count]
        if max(abs(a - b) for a, b in zip(after, found, strict=True)) < 1e-12:
            break
        found = [0.5 * (a + b) for a, b in zip(after, found, strict=True)]
    return tuple(found)
