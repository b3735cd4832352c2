"""Radicals on a growing polymer, quasi-steady: how many chains grow at a given supply of monomer and primary radicals.

Lau and Gleason, Macromolecules 2006, 39, 3695, with a flux F of primary radicals R into the adsorbed layer of monomer M
and growing chains P: F = ki R M + kt' R P + 2 kt'' R^2, ki R M = kt' R P + 2 kt P^2, rate = kp M P.

With P0 = sqrt(F/2kt), p = P/P0 and mu = ki M/(kt' P0) they become p^2 (mu^2 - p^2) + 4 g p^4 = (mu - p)^2 with
g = kt kt''/kt'^2: all depends on mu alone, that is on M^2/F. Much monomer: p = 1 and the rate goes as M; little: p = mu
and it goes as M^2.
"""

STATISTICAL = 0.25
"""g when cross termination is twice the geometric mean of the two others; then p = mu/(1 + mu)."""


def growing(mu: float, cross: float = STATISTICAL) -> float:
    """p, the growing chains over those that there would be without termination by primary radicals, 0 to 1."""
    if mu <= 0.0:
        return 0.0
    if cross == STATISTICAL:
        return mu / (1.0 + mu)
    low, high = 0.0, min(mu, 1.0 + 1e-12)
    for _ in range(100):
        middle = 0.5 * (low + high)
        if middle * middle * (mu * mu - middle * middle) + 4.0 * cross * middle**4 < (mu - middle) ** 2:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
