"""Closed forms of a pulse: what it takes from the bottle, what the surface sees of it, what is left after a purge.

From the mass balance V P' = Q + C (Ps - P) - S P of a well-mixed chamber while the valve of conductance C to a bottle
at Ps is open, and V P' = Q - S P afterwards. What evaporates anew keeps the bottle at Ps.
"""

from collections.abc import Callable
from math import exp, expm1

from vapordep.chemistry import UnknownName, kinetics
from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.model.chamber import Chamber
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.steps import Dose
from vapordep.recipe.foretold.delivered import carried, carried_rate
from vapordep.recipe.foretold.situation import Situation, gas_temperature
from vapordep.safety.vapour import expected, vapour_ratio
from vapordep.simulation.description import VapourSource
from vapordep.units import GAS_CONSTANT

CONDUCTANCE = VapourSource(substance="water").conductance
"""Of an open valve in m3/s, as in the simulated plant, until a reactor file tells its own (design default)."""


ROOM = 293.15
"""K, of a gas whose temperature nobody reads."""
Read = Callable[[str, float], float]
CVD_STEPS = 200
"""Steps over what is left of a pulse."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """One pulse: `amount` in mol out of the bottle, `area` in Pa s until nothing is left, `peak` in Pa above before."""

    amount: float
    area: float
    peak: float


def pulse(chamber: Chamber, before: float, driving: float, temperature: float, width: float) -> Exposure:
    """A pulse of `width` s from a bottle at `driving` Pa into a chamber at `before` Pa, its gas at `temperature` K.

    1200 Pa for 50 ms into 97.2 Pa of 1 L pumped at 0.5 L/s: 54.46 Pa s, peak 26.89 Pa.
    """
    excess = max(driving - before, 0.0)
    rate = (chamber.pumping_speed + CONDUCTANCE) / chamber.volume
    risen = -expm1(-rate * width)
    share = CONDUCTANCE / (chamber.pumping_speed + CONDUCTANCE)
    throughput = CONDUCTANCE * excess * (width - share * (width - risen / rate))
    amount = throughput / (GAS_CONSTANT * temperature)
    return Exposure(amount, throughput / chamber.pumping_speed, excess * share * risen)


def isolated_pulse(chamber: Chamber, before: float, driving: float, temperature: float, width: float) -> Exposure:
    """The same into a chamber that is shut off: nothing leaves, and `area` is what is seen once it is pumped again."""
    risen = max(driving - before, 0.0) * -expm1(-CONDUCTANCE / chamber.volume * width)
    return Exposure(risen * chamber.volume / (GAS_CONSTANT * temperature), risen * chamber.residence_time, risen)


def bottle_temperature(source: SourceLine, situation: Situation, *, hottest: bool = False) -> float:
    """The temperature of a bottle in K: the coldest that its zone may have, or the hottest; what it is said to be."""
    if not source.zone:
        return source.temperature
    return situation.hottest(source.zone) if hottest else situation.coldest(source.zone)


def saturated(source: SourceLine, temperature: float) -> float | None:
    """Saturated pressure in Pa of what is in a bottle at `temperature` (K), as measured or as chemistry has it.

    None when chemistry has no fit.
    """
    try:
        return expected(source)(temperature)
    except InputError:
        return None


def exposure(name: str, width: float, situation: Situation, reactor: Reactor) -> Exposure | None:
    """The pulse that a source gives in `situation`, from the coldest that its bottle may be; None when nobody knows."""
    source = reactor.sources[name]
    kelvin = bottle_temperature(source, situation)
    if source.through:
        return Exposure(*carried(carried_rate(source, kelvin, situation), width, situation, reactor))
    driving = saturated(source, kelvin)
    if driving is None:
        return None
    given, warmth = isolated_pulse if situation.isolated else pulse, gas_temperature(situation, reactor)
    if source.boost and driving < source.boost.pressure:
        whole = given(reactor.chamber, situation.pressure, source.boost.pressure, warmth, width)
        part = driving / source.boost.pressure
        return Exposure(whole.amount * part, whole.area * part, whole.peak * part)
    return given(reactor.chamber, situation.pressure, driving, warmth, width)


def given(source: SourceLine, reactor: Reactor, read: Read, width: float, *, isolated: bool = False) -> float:
    """What one opening of a source takes out of its bottle, mol, by its closed form from what is read just then.

    `read` gives the value of a tag, or where there is none its second argument.
    """
    bottle = read(f"{source.zone}.temperature", source.temperature)
    if source.through:
        return read(f"{source.through}.flow", 0.0) * vapour_ratio(source, bottle) * width
    driving = saturated(source, bottle)
    if driving is None:
        return 0.0
    pushed = max(driving, source.boost.pressure) if source.boost else driving
    before, gas = read(reactor.chamber.gauges[0], 0.0), read(f"{reactor.gas_zone}.temperature", ROOM)
    taken = isolated_pulse if isolated else pulse
    return taken(reactor.chamber, before, pushed, gas, width).amount * driving / pushed


def of_dose(dose: Dose, situation: Situation, reactor: Reactor) -> Exposure | None:
    """All pulses of a dose: amounts and areas add up, and each peak stands on what is left of those before it."""
    one = exposure(dose.source, dose.width, situation, reactor)
    if one is None or dose.pulses == 1:
        return one
    left = 1.0 if situation.isolated else exp(-dose.gap / reactor.chamber.residence_time)
    highest = one.peak * sum(left**pulse for pulse in range(dose.pulses))
    return Exposure(one.amount * dose.pulses, one.area * dose.pulses, highest)


def residual_time(name: str, temperature: float) -> float:
    """The time constant tp in s with which surfaces give back a substance at `temperature` (K); 0 when unknown."""
    try:
        return kinetics(name).residual_time_constant(temperature).value
    except UnknownName:
        return 0.0


def adsorption(name: str, temperature: float) -> float | None:
    """Langmuir constant k in 1/(Pa s) of a substance at `temperature` (K); None when unknown."""
    try:
        return kinetics(name).adsorption_constant(temperature).value
    except InputError:
        return None


def share_left(purged: float, pumping_time: float, residual: float) -> float:
    """The part of a pulse's exposure that the surface sees later than `purged` s after it.

    Two first-order lags in a row, the chamber's V/S and the surface's tp, both in s.
    """
    if residual <= 0.0:
        return exp(-purged / pumping_time)
    if abs(residual - pumping_time) < 1e-6 * pumping_time:
        residual *= 1.0 + 1e-5
    slow, fast = residual * exp(-purged / residual), pumping_time * exp(-purged / pumping_time)
    return (slow - fast) / (residual - pumping_time)


@dataclass(frozen=True, slots=True)
class Uptake:
    """One dose as the surface feels it: `filling` = k E, the exponent of the sites it fills, and its tp in s.

    `stored` is the same of what a vapour that was held has left on the surfaces, which they give back with tp alone.
    """

    filling: float
    residual: float
    stored: float = 0.0

    def later(self, purged: float, pumping_time: float) -> float:
        """What of both the surface still feels later than `purged` s after it; `pumping_time` is V/S in s."""
        given_back = self.stored * exp(-purged / self.residual) if self.stored else 0.0
        return self.filling * share_left(purged, pumping_time, self.residual) + given_back


def stored(constant: float, peak: float, residual: float, held: float) -> float:
    """`Uptake.stored` of a vapour of `peak` Pa that was held for `held` s: k p tp (1 - exp(-t/tp)).

    `constant` is k in 1/(Pa s), `residual` tp in s.
    """
    return constant * peak * residual * -expm1(-held / residual) if residual > 0.0 else 0.0


def cvd_part(left: Uptake, purged: float, dosed: Uptake, pumping_time: float) -> float:
    """The part of a cycle that grows by CVD: sites that the dose frees and the rest of the other pulse fills again.

    What is left lands, at the rate -d(later)/dt, on the part 1 - exp(-K) that the dose, `purged` s later, has freed
    by then. Times in s; to first order in what is left.
    """
    longest = 8.0 * max(left.residual, pumping_time)
    width = longest / CVD_STEPS
    part, before = 0.0, left.later(purged, pumping_time)
    for step in range(1, CVD_STEPS + 1):
        after = left.later(purged + step * width, pumping_time)
        arrived = 1.0 - share_left((step - 0.5) * width, pumping_time, dosed.residual)
        part += (before - after) * -expm1(-dosed.filling * arrived)
        before = after
    return part
