"""How much of a vapour a reaction leaves, in closed form: well mixed or in plug flow; of first order, and self-limited.

Both take Da = k tau, what the whole surface would react away while it is bare over what flows through: `damkoehler`.
A surface that a dose fills takes less and less: with the dose in t0, the time in which an undepleted vapour would fill
all but 1/e, theta' = x (1 - theta) and, while the gas follows at once, x = 1/(1 + Da (1 - theta)) in a stirred chamber,
dx/dz = -Da x (1 - theta) along a tube. Their solutions: Yanguas-Gil and Elam, J. Vac. Sci. Technol. A 2014, 32, 031504
[G]. Argonne's `aldsim` has the same, with the dose as tau = t/(t0 Da), where 1 is what just fills the surface if all
of it stays: its rotating drum is stirred, and its fluidized bed is as full as the tube is in the mean.
"""

from math import exp, expm1, inf, log, log1p

from vapordep.chemistry import mean_speed
from vapordep.errors import InputError


def damkoehler(sticking: float, area: float, molar_mass: float, temperature: float, speed: float) -> float:
    """Da = beta v A/(4 S): `area` in m2, `molar_mass` in kg/mol, K, and the flow through the chamber in m3/s."""
    return 0.25 * sticking * mean_speed(molar_mass, temperature) * area / speed


def well_mixed(rate: float, residence_time: float) -> float:
    """Part left in a stirred chamber: 1/(1 + k tau); `rate` k in 1/s, `residence_time` V/S in s."""
    return 1.0 / (1.0 + rate * residence_time)


def plug_flow(rate: float, residence_time: float) -> float:
    """Part left at the end of a tube without mixing along it: exp(-k tau)."""
    return exp(-rate * residence_time)


def plug_profile(rate: float, residence_time: float, place: float) -> float:
    """Part left at `place` (0 inlet, 1 outlet) along such a tube; growth there goes with it."""
    return exp(-rate * residence_time * place)


def stirred_dose(coverage: float, da: float) -> float:
    """The dose, in t0, that fills a part of the surface of a stirred chamber: Da theta - ln(1 - theta)."""
    if not 0.0 <= coverage <= 1.0:
        raise InputError(f"{coverage!r} is no part of a surface", remedy="Give one from 0 to 1.")
    return inf if coverage == 1.0 else da * coverage - log1p(-coverage)


def stirred_coverage(dose: float, da: float) -> float:
    """The part of its surface that a `dose`, in t0, fills: the solution of `stirred_dose`, to the last bits."""
    low, high = 0.0, -expm1(-dose)
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stirred_dose(middle, da) < dose else (low, middle)
    return 0.5 * (low + high)


def stirred_vapour(coverage: float, da: float) -> float:
    """The part of the vapour that is left over a surface so covered: what goes to the pump of what comes."""
    return 1.0 / (1.0 + da * (1.0 - coverage))


def tube_coverage(dose: float, da: float, place: float) -> float:
    """The part filled by a `dose`, in t0, at `place` along a tube: (e^t - 1)/(e^t + e^(Da z) - 1)."""
    # divided by e^t, which would overflow
    gone = exp(min(da * place - dose, 700.0))
    return -expm1(-dose) / (gone - expm1(-dose))


def tube_vapour(dose: float, da: float, place: float) -> float:
    """The part of the vapour left at `place` after a `dose`, in t0: e^t/(e^t + e^(Da z) - 1); 1 behind the front."""
    return 1.0 / (exp(min(da * place - dose, 700.0)) - expm1(-dose))


def tube_mean_coverage(dose: float, da: float) -> float:
    """The part filled of the whole tube: 1 - ln(1 + (e^Da - 1) e^-t)/Da, that of a stirred one where Da is 0."""
    if da <= 0.0:
        return -expm1(-dose)
    if da - dose > 700.0:
        return dose / da
    return 1.0 - log1p(exp(da - dose) - exp(-dose)) / da


def tube_dose(coverage: float, da: float) -> float:
    """The dose, in t0, after which even the end of a tube is covered by that part."""
    if not 0.0 <= coverage <= 1.0:
        raise InputError(f"{coverage!r} is no part of a surface", remedy="Give one from 0 to 1.")
    if coverage == 1.0:
        return inf
    return da + log(coverage / (1.0 - coverage) + exp(-da))  # of (e^t - 1)(1 - c) = c e^Da
