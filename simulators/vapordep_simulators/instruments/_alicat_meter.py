"""The measuring half of an Alicat: pressure, temperature and laminar flow as shown, with gas, zero and over-range."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown as Foretold
from vapordep.simulation.world import World
from vapordep.units import (
    GAS_CONSTANT,
    STANDARD_TEMPERATURE,
    Dimension,
    Unit,
    degC,
    from_si,
    psi,
    sccm,
    standard_flow,
    to_si,
)
from vapordep_simulators.instruments._alicat_tables import GASES, Gas
from vapordep_simulators.instruments._settings import quantity

_REFRESH: Final = 0.02
_OVER: Final = 1.28
"""It measures up to this part of full scale, then says so."""
_ROOM_PRESSURE: Final = 101325.0
_ROOM: Final = 296.15
_SYMBOLS: Final = {"argon": "ar", "nitrogen": "n2", "helium": "he", "oxygen": "o2", "hydrogen": "h2"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What it shows at one instant: psia, degC, cm3/min, its sccm; and the tokens of what is beyond its range."""

    pressure: float
    temperature: float
    volume_flow: float
    mass_flow: float
    tokens: tuple[str, ...]


class Meter:
    """Reads the plant's flow at the terminal `flow`; not wired `pressure` and `temperature` are those of a room."""

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        self._world = world
        self._wiring = wiring
        self._options = options
        reference = quantity(options, "standard_temperature", STANDARD_TEMPERATURE, Dimension.TEMPERATURE)
        self.sccm = standard_flow("sccm", reference_temperature=reference)
        self.full_scale = self.option("full_scale", 500.0)
        self.decimals = max(0, 5 - len(str(int(self.full_scale))))
        self.flowing = _gas_named(str(options.get("gas", "Ar")))
        self.gas_number = self.flowing
        self._zero = 0.0
        most = _OVER * self.full_scale
        noise = 5e-4 * to_si(self.full_scale, self.sccm)

        def display(terminal: str, unit: Unit, noise: float, low: float, high: float, decimals: int) -> Display:
            tag = f"{name}.{terminal}"
            return Display(seed, tag, unit, _REFRESH, noise=noise, low=low, high=high, decimals=decimals)

        self._flow = display("flow", self.sccm, noise, -most, most, self.decimals)
        self._pressure = display("pressure", psi, 70.0, 0.0, 160.0, 2)
        self._temperature = display("temperature", degC, 0.02, -10.0, 60.0, 2)

    def option(self, key: str, default: float) -> float:
        """An option in sccm, whatever standard temperature this instrument has."""
        return from_si(quantity(self._options, key, to_si(default, sccm), Dimension.MOLAR_FLOW), sccm)

    @property
    def gas(self) -> Gas:
        """The gas it is set to."""
        return GASES[self.gas_number]

    @property
    def factor(self) -> float:
        """How much too large it takes a flow: a laminar pressure drop goes with the viscosity of what really flows."""
        return GASES[self.flowing].viscosity / self.gas.viscosity

    def indicated(self, now: Any) -> Any:
        """The flow in mol/s that it believes in at an instant, or at instants (P,), without noise."""
        return self._read("flow", 0.0, now) * self.factor - self._zero

    def true_flow(self, indicated: float) -> float:
        """The flow in mol/s at which it indicates so many of its sccm."""
        return (to_si(indicated, self.sccm) + self._zero) / self.factor

    def tare(self, now: float) -> None:
        """Calls the flow of this moment zero; on the bench one shuts off the gas first."""
        self._zero += self.indicated(now)

    def show(self, now: float) -> Shown:
        """All it measures at the instant `now`, s on the clock."""
        (bar, dense), (warmth, hot), (mass, volume) = self._dense(now), self._hot(now), self._flowing(now)
        most = self._flow.high
        beyond = {"POV": dense, "TOV": hot, "VOV": abs(volume) > most, "MOV": abs(mass) > most}
        return Shown(
            bar, warmth, self._flow.round(volume), self._flow.round(mass),
            tuple(token for token, on in beyond.items() if on),
        )  # fmt: skip

    def readings(self, terminals: Collection[str], times: Floats) -> dict[str, Foretold]:
        """`show` at instants (P,), in SI; what its tokens tell of is doubtful. Only what is asked for is measured."""
        found = {}
        if "pressure" in terminals:
            found["pressure"] = _foretold(*self._dense(times), psi, psi)
        if "temperature" in terminals:
            found["temperature"] = _foretold(*self._hot(times), degC, degC)
        if "flow" in terminals:
            mass, volume = self._flowing(times)
            beyond = (abs(volume) > self._flow.high) | (abs(mass) > self._flow.high)
            found["flow"] = _foretold(self._flow.round(mass), beyond, self.sccm, sccm)
        return found

    def _dense(self, now: Any) -> tuple[Any, Any]:
        """Psia as shown at an instant, or at instants (P,), and whether the token POV stands beside it."""
        bar = self._pressure.measure(self._read("pressure", _ROOM_PRESSURE, now), now)
        return self._pressure.round(bar), bar > self._pressure.high

    def _hot(self, now: Any) -> tuple[Any, Any]:
        """The same of degC and TOV."""
        shows = self._temperature
        warmth = shows.measure(self._read("temperature", _ROOM, now), now)
        return shows.round(warmth), (warmth < shows.low) | (warmth > shows.high)

    def _flowing(self, now: Any) -> tuple[Any, Any]:
        """Its sccm and cm3/min at an instant, or at instants (P,), neither limited nor rounded."""
        pressure, temperature = self._read("pressure", _ROOM_PRESSURE, now), self._read("temperature", _ROOM, now)
        mass = self._flow.measure(self.indicated(now), now)
        thick = np.maximum(pressure, 1.0) if isinstance(now, np.ndarray) else max(pressure, 1.0)
        return mass, to_si(mass, self.sccm) * GAS_CONSTANT * temperature / thick * 6e7

    def text(self, flow: float) -> str:
        """A flow in its sccm as it is written, with sign."""
        return f"{flow:+07.{self.decimals}f}"

    def _read(self, terminal: str, unwired: float, now: Any) -> Any:
        point = self._wiring.get(terminal)
        if isinstance(now, np.ndarray):
            return np.full(len(now), unwired) if point is None else self._world.values((point,), now)[point]
        return unwired if point is None else self._world.read(point, now)


def _foretold(number: Floats, doubtful: NDArray[np.bool_], own: Unit, unit: Unit) -> Foretold:
    """Numbers (P,) in its own unit as its driver takes them: for numbers in `unit`."""
    return Foretold.of(to_si(from_si(to_si(number, own), unit), unit), doubtful=doubtful)


def _gas_named(name: str) -> int:
    short = _SYMBOLS.get(name.lower(), name.lower())
    for number, gas in GASES.items():
        if gas.short.lower() == short:
            return number
    raise SimulationError(f"no gas {name!r} is in the list of an Alicat", remedy="give a short name such as Ar")
