"""How a number depends on temperature: small laws that never clamp and say when they were stretched."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from math import exp, isfinite, log

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.gas import adsorption_constant
from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.units import GAS_CONSTANT, degC, to_si


def celsius(temperature: float) -> float:
    """Kelvin from degrees Celsius: the tables are written as a chemist writes them."""
    return float(to_si(temperature, degC))


def checked_kelvin(temperature: float) -> float:
    """The temperature in K; InputError unless it is finite and above zero."""
    if not (isfinite(temperature) and temperature > 0.0):
        raise InputError(
            f"{temperature!r} is not an absolute temperature", remedy="Give kelvin, a finite number above 0 K."
        )
    return temperature


@dataclass(frozen=True, slots=True, kw_only=True)
class Law(ABC):
    """A value in SI against temperature in K, valid from `low` to `high`.

    None as an end means that nobody stated the range: then every temperature counts as extrapolated.
    """

    mark: Mark
    source: str
    low: float | None
    high: float | None
    relative_uncertainty: float | None = None
    confidence: Confidence = Confidence.UNRATED

    @abstractmethod
    def value(self, temperature: float) -> float:
        """The bare value in SI at `temperature` (K), inside the range or outside."""

    def extrapolates(self, temperature: float) -> bool:
        """Whether `temperature` (K) lies outside the stated range."""
        return self.low is None or self.high is None or not self.low <= temperature <= self.high

    def at(self, temperature: float) -> Number:
        """The value at `temperature` (K) with its doubts; InputError when that is no absolute temperature."""
        kelvin = checked_kelvin(temperature)
        return Number(
            self.value(kelvin),
            mark=self.mark,
            source=self.source,
            relative_uncertainty=self.relative_uncertainty,
            extrapolated=self.extrapolates(kelvin),
            confidence=self.confidence,
        )


@dataclass(frozen=True, slots=True)
class Constant(Law):
    """The same value at every temperature."""

    constant: float

    def value(self, temperature: float) -> float:
        """The constant."""
        return self.constant


@dataclass(frozen=True, slots=True)
class Arrhenius(Law):
    """`reference` exp(-E/R (1/T - 1/T0)); a time falls with temperature and so has a negative `energy` (J/mol)."""

    reference: float
    reference_temperature: float
    energy: float

    def value(self, temperature: float) -> float:
        """The value at `temperature` in K."""
        return self.reference * exp(
            -self.energy / GAS_CONSTANT * (1.0 / temperature - 1.0 / self.reference_temperature)
        )


def arrhenius_energy(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Energy in J/mol of the Arrhenius law through two points (temperature in K, value)."""
    return GAS_CONSTANT * log(second[1] / first[1]) / (1.0 / first[0] - 1.0 / second[0])


@dataclass(frozen=True, slots=True)
class Exponential(Law):
    """`reference` exp(-slope (T - T0)), `slope` in 1/K: the shape in which growth of hybrid films falls when heated."""

    reference: float
    reference_temperature: float
    slope: float

    def value(self, temperature: float) -> float:
        """The value at `temperature` in K."""
        return self.reference * exp(-self.slope * (temperature - self.reference_temperature))


@dataclass(frozen=True, slots=True)
class Interpolated(Law):
    """Straight lines between (temperature in K, value) points in rising order; the outer lines go on."""

    points: tuple[tuple[float, float], ...]

    def value(self, temperature: float) -> float:
        """The value at `temperature` in K."""
        after = bisect_right(self.points, temperature, lo=1, hi=len(self.points) - 1, key=lambda point: point[0])
        (t0, v0), (t1, v1) = self.points[after - 1], self.points[after]
        return v0 + (v1 - v0) * (temperature - t0) / (t1 - t0)


@dataclass(frozen=True, slots=True)
class Langmuir(Law):
    """Adsorption constant in 1/(Pa s) from sticking, site area (m2), molar mass (kg/mol); see `adsorption_constant`."""

    sticking: Law
    site_area: Law
    molar_mass: float

    def value(self, temperature: float) -> float:
        """The constant at `temperature` in K."""
        sticking, site_area = self.sticking.value(temperature), self.site_area.value(temperature)
        return adsorption_constant(sticking, site_area, self.molar_mass, temperature)
