"""How much of a vapour is left after a reaction of first order in it: chambers that mix well, and such that do not."""

from math import exp


def well_mixed(rate: float, residence_time: float) -> float:
    """Part left in a stirred chamber: 1/(1 + k tau); `rate` k in 1/s, `residence_time` V/S in s."""
    return 1.0 / (1.0 + rate * residence_time)


def plug_flow(rate: float, residence_time: float) -> float:
    """Part left at the end of a tube without mixing along it: exp(-k tau)."""
    return exp(-rate * residence_time)


def plug_profile(rate: float, residence_time: float, place: float) -> float:
    """Part left at `place` (0 inlet, 1 outlet) along such a tube; growth there goes with it."""
    return exp(-rate * residence_time * place)
