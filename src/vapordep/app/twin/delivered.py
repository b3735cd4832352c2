"""The deliveries of a reactor's sources, as the simulated plant is told of them."""

from vapordep.model.sources import GAS, SourceLine
from vapordep.simulation.description import Carried, Made, Pushed

IN_GENERATOR = 1e5
"""The pressure in a generator, in Pa: nothing hangs on it but what its reading says."""
LAGS = 5.0
"""A generator's warm-up is so many time constants of its concentration: then it is within 1 % of its end [D]."""


STROKE = 5.0
"""How long a motor takes from one end of its needle to the other, in s [D]."""
REGULATED = 2.5e5
"""What stands before a cylinder's flow controller, in Pa [D]."""


def delivery_of(source: SourceLine) -> Carried | Made | Pushed | None:
    """How gas carries, feeds or pushes a source; None where its own pressure is all."""
    if source.bubbler:
        return Carried(through=source.bubbler.through, pressure=source.bubbler.pressure)
    if source.generator:
        made = source.generator
        return Made(through=made.through, fraction=made.fraction, lag=made.warm_up / LAGS)
    if source.boost:
        return Pushed(pressure=source.boost.pressure, gas=source.boost.gas)
    return None


def pressure_of(source: SourceLine) -> float | None:
    """The pressure in Pa that does not follow from a temperature: behind a regulator, or in a generator."""
    return IN_GENERATOR if source.generator else source.pressure


def cylinder_pressure(source: SourceLine) -> float | None:
    """The pressure in Pa behind the regulator of a gas, also where a flow controller stands behind it."""
    return (source.pressure or REGULATED) if source.delivery == GAS else None
