"""Saturated vapour pressures: fits in Antoine form with their range, their uncertainty and their rivals."""

from dataclasses import field

from vapordep.chemistry.laws import Law, checked_kelvin
from vapordep.errors import InputError
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class VapourPressure:
    """A saturated vapour pressure in Pa with its band, and whether the fit was stretched beyond its range for it."""

    pressure: float
    low: float
    high: float
    extrapolated: bool
    label: str


@dataclass(frozen=True, slots=True)
class VapourPressureFit(Law):
    """log10(P/Pa) = A - B/(T + C), T in K; `label` tells rival fits of one substance apart.

    The band is the pressure times 1 +- `relative_uncertainty`; `uncertainty_basis` says who stated it. Outside `low`
    to `high` the value is given all the same, and marked: a fit is never clamped.
    """

    A: float
    B: float
    C: float
    label: str = field(default="default", kw_only=True)
    uncertainty_basis: str = field(default="stated with the fit", kw_only=True)

    def value(self, temperature: float) -> float:
        """The pressure in Pa at `temperature` in K; InputError at or below the pole of the fit, T = -C."""
        if temperature + self.C <= 0.0:
            raise InputError(
                f"the vapour pressure fit {self.label!r} means nothing at {temperature:g} K",
                remedy=f"Ask well above {-self.C:g} K; temperatures are in kelvin.",
            )
        pressure: float = 10.0 ** (self.A - self.B / (temperature + self.C))
        return pressure

    def vapour_pressure(self, temperature: float) -> VapourPressure:
        """The pressure at `temperature` (K) with band and flag; InputError when that is no absolute temperature."""
        kelvin = checked_kelvin(temperature)
        pressure, spread = self.value(kelvin), self.relative_uncertainty or 0.0
        return VapourPressure(
            pressure, pressure * (1.0 - spread), pressure * (1.0 + spread), self.extrapolates(kelvin), self.label
        )
