"""Quantities of a recipe file, with their units and bounds."""

from typing import Annotated

from pydantic import Field

from vapordep.files import quantity
from vapordep.units import Dimension

D = Dimension
LONGEST = 30 * 86400.0
"""No single time in a recipe is longer than this, in s."""
MOST_CYCLES = 100_000
"""No loop has more cycles than this; five thousand make half a micrometre."""
SHORTEST_GAP = 0.3
"""In s: for less the next edge could not be prepared, and its intent not be on disk before it."""
Pressure = Annotated[float, quantity(D.PRESSURE, low=0.0, high=1e5)]
Temperature = Annotated[float, quantity(D.TEMPERATURE, low=100.0)]
"""Nothing that coats or is coated here is colder, and the laws of chemistry end at 0 K."""
TemperatureBand = Annotated[float, quantity(D.TEMPERATURE_DIFFERENCE, low=0.01, high=50.0)]
TemperatureRate = Annotated[float, quantity(D.TEMPERATURE_RATE, low=1e-5, high=10.0)]
Duration = Annotated[float, quantity(D.TIME, low=0.0, high=LONGEST), Field(gt=0)]
PulseWidth = Annotated[float, quantity(D.TIME, low=1e-3, high=600.0)]
GasFlow = Annotated[float, quantity(D.MOLAR_FLOW, low=0.0)]
Residue = Annotated[float, quantity(D.FRACTION, low=1e-9, high=1e-4)]
"""What may be left of a dose: 1e-4 of its peak is the rule (interlock C2), and nobody may ask for more."""
Cycles = Annotated[int, Field(ge=1, le=MOST_CYCLES)]
