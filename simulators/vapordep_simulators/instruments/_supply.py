"""A DC supply as simulated instruments have it: two limits, an output, and meters for what the plant gives."""

from collections.abc import Mapping

import numpy as np

from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option, SimInstrument
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import A, Dimension, Unit, V
from vapordep_simulators.instruments._settings import quantity

_REFRESH = 0.05
_NOISE = 5e-5
_LIMITS = 0.002
"""From so near to the voltage that it was told, as a part of its rating, it counts as the one that limits."""


class DcSupply(SimInstrument):
    """One output. What is connected decides which of the two limits, so the plant is asked; else it is a resistor.

    Terminals: `voltage` (V) and `current` (A) are read; `voltage_setpoint`, `current_setpoint` and `output` (0, 1) are
    driven. Options: `rated_voltage` (40 V), `rated_current` (38 A).
    """

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.rated_voltage = quantity(options, "rated_voltage", 40.0, Dimension.VOLTAGE)
        self.rated_current = quantity(options, "rated_current", 38.0, Dimension.CURRENT)
        self.volts = 0.0
        self.amperes = 0.0
        self.on = False
        self._meters = {
            "voltage": self._meter("voltage", V, self.rated_voltage),
            "current": self._meter("current", A, self.rated_current),
        }

    def _meter(self, terminal: str, unit: Unit, rated: float) -> Display:
        decimals = max(5 - len(str(int(rated))), 0)
        tag = f"{self.name}.{terminal}"
        return Display(
            self.seed, tag, unit, _REFRESH, noise=_NOISE * rated, low=0.0, high=1.1 * rated, decimals=decimals
        )

    def drive_output(self, now: float) -> None:
        """Gives the plant both limits, and whether the output is on."""
        values = {"voltage_setpoint": self.volts, "current_setpoint": self.amperes, "output": float(self.on)}
        for terminal, value in values.items():
            if terminal in self.wiring:
                self.world.drive(self.wiring[terminal], value, now)

    def power_up(self, now: float) -> None:
        """After switching on the output is off."""
        self.on = False
        self.drive_output(now)

    def limited(self, now: float) -> bool:
        """Whether the current limits: then the voltage stays below what it was told."""
        return bool(self.on and self._truth("voltage", now) < self._full_voltage)

    def measured(self, terminal: str, now: float) -> float:
        """What it measures at a terminal, as its digits show it; nothing where nothing is."""
        truth = self._truth(terminal, now)
        return self._meters[terminal].show(truth, now) if truth == truth else 0.0

    def decimals(self, terminal: str) -> int:
        """How many digits stand after the point."""
        return self._meters[terminal].decimals or 0

    @property
    def _full_voltage(self) -> float:
        return self.volts - _LIMITS * self.rated_voltage

    def _truth(self, terminal: str, now: float) -> float:
        point = self.wiring.get(terminal)
        return self._on_dummy(terminal) if point is None else self.world.read(point, now)

    def _on_dummy(self, terminal: str) -> float:
        """V or A on a resistor that takes its rated current at its rated voltage: what no plant knows."""
        if not self.on:
            return 0.0
        resistance = self.rated_voltage / self.rated_current
        current = min(self.volts / resistance, self.amperes)
        return current if terminal == "current" else current * resistance

    def outputs_shown(self, times: Floats) -> dict[str, Shown]:
        """What every supply tells at instants (P,); V and A are SI."""
        truth = {terminal: self._truths(terminal, times) for terminal in self._meters}
        shown = {
            terminal: Shown.of(np.nan_to_num(meter.show(truth[terminal], times)))
            for terminal, meter in self._meters.items()
        }
        limited = (truth["voltage"] < self._full_voltage) & self.on
        shown["constant_current"] = Shown.of(limited.astype(np.float64))
        shown["voltage_setpoint"] = Shown.steady(self.volts, times)
        shown["current_setpoint"] = Shown.steady(self.amperes, times)
        shown["output"] = Shown.steady(float(self.on), times)
        return shown

    def _truths(self, terminal: str, times: Floats) -> Floats:
        point = self.wiring.get(terminal)
        return (
            np.full(len(times), self._on_dummy(terminal))
            if point is None
            else self.world.values((point,), times)[point]
        )
