"""What a copolymer is made of: the terminal model, which for two monomers is the equation of Mayo and Lewis."""

from collections.abc import Sequence

import numpy as np

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
    present = [row for row, part in enumerate(feed) if part > 0.0]
    parts = _parts([feed[row] for row in present], [[ratios[row][other] for other in present] for row in present])
    return tuple(parts[present.index(row)] if row in present else 0.0 for row in range(len(feed)))


def _parts(feed: Sequence[float], ratios: Ratios) -> Sequence[float]:
    """The same for monomers that are all there."""
    if len(feed) < 2:
        return [1.0] * len(feed)
    if len(feed) > 2:
        return _chain(feed, ratios)
    part = mayo_lewis(feed[0], ratios[0][1], ratios[1][0])
    return part, 1.0 - part


def _chain(feed: Sequence[float], ratios: Ratios) -> list[float]:
    """The steady state, solved for: where chains rarely change their monomer no walk along them would come to it."""
    weights = np.array(feed) / np.array(ratios)
    steps = weights / weights.sum(axis=1, keepdims=True)
    balance = steps.T - np.eye(len(feed))
    balance[-1] = 1.0
    wanted = np.zeros(len(feed))
    wanted[-1] = 1.0
    found: list[float] = np.linalg.solve(balance, wanted).tolist()
    return found
