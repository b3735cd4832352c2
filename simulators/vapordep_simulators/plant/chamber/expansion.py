"""Signals as sums of exponentials, and the exact answer of first-order systems to them."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESONANCE = 1e-6
"""Rates that are relatively closer than this are moved this far apart, which changes a signal by as little."""
FEW = 4
"""So few instants are faster one by one."""
_Terms = tuple[float, float, list[float], Floats]
"""Of one signal: offset, slope, and the weights that are not 0 with their rates."""


class Expansion:
    """R signals y(tau) = offset + slope tau + sum over k of weight_k exp(rate_k tau), tau in s since a common start.

    `rates` has the shape (K,), in 1/s, never above 0; `weights` (R, K); `offset` and `slope` (R,).
    """

    __slots__ = ("_area", "_still", "_terms", "offset", "rates", "slope", "weights")

    def __init__(self, rates: Floats, weights: Floats, offset: Floats, slope: Floats) -> None:
        self.rates = rates
        self.weights = weights
        self.offset = offset
        self.slope = slope
        self._terms: dict[int, _Terms] = {}
        self._area: tuple[float, Floats] | None = None
        self._still: NDArray[np.bool_] | tuple[()] | None = None
        """Which rates are 0; found when it is asked for, and empty when none is."""

    @classmethod
    def relaxing(cls, rates: Floats, start: Floats, target: Floats) -> "Expansion":
        """Signals that go from `start` to `target` each with its own rate (1/s, > 0); those of rate 0 stay."""
        offset = np.where(rates > 0.0, target, start)
        return cls(-rates, _diagonal(start - offset), offset, np.zeros(len(offset)))

    def combined(self, matrix: Floats, constant: Floats) -> "Expansion":
        """Signals matrix @ y + constant."""
        return Expansion(self.rates, matrix @ self.weights, matrix @ self.offset + constant, matrix @ self.slope)

    def followed(self, rates: Floats, start: Floats) -> "Expansion":
        """The solutions of x' = u - rate x with x(0) = `start`, each driven by one of these signals as u.

        `rates` (1/s, >= 0) has one entry a signal, or a single one for all.
        """
        gap = self.rates + rates[:, None]
        close = np.abs(gap) < RESONANCE * rates[:, None]
        if close.any():
            rates = self._apart(rates, close)
            gap = self.rates + rates[:, None]
        still = rates == 0.0
        divisor = np.where(still, 1.0, rates)
        fallen = self.slope / divisor
        slope = np.where(still, self.offset, fallen)
        offset = np.where(still, 0.0, (self.offset - fallen) / divisor)
        count, modes = self.weights.shape
        weights = np.empty((count, modes + len(rates)))
        driven = np.divide(self.weights, np.where(gap == 0.0, 1.0, gap), out=weights[:, :modes])
        own = start - offset - driven.sum(axis=1)
        weights[:, modes:] = own[:, None] if len(rates) == 1 else _diagonal(own)
        return Expansion(np.concatenate([self.rates, -rates]), weights, offset, slope)

    def _apart(self, rates: Floats, close: NDArray[np.bool_]) -> Floats:
        """The rates, moved a little where they resonate with a mode that is `close` and drives them."""
        resonant = (close & (self.weights != 0.0)).any(axis=1)
        if not resonant.any():
            return rates
        if len(rates) == 1:
            return rates * (1.0 + 2.0 * RESONANCE)
        moved: Floats = np.where(resonant, rates * (1.0 + 2.0 * RESONANCE), rates)
        return moved

    def stacked(self, *longer: "Expansion") -> "Expansion":
        """These signals with those of expansions that went on from their modes, each from the one before it."""
        parts = (self, *longer)
        weights = np.zeros((sum(len(part.offset) for part in parts), len(parts[-1].rates)))
        row = 0
        for part in parts:
            height, width = part.weights.shape
            weights[row : row + height, :width] = part.weights
            row += height
        return Expansion(
            parts[-1].rates,
            weights,
            np.concatenate([part.offset for part in parts]),
            np.concatenate([part.slope for part in parts]),
        )

    def at(self, tau: Floats) -> Floats:
        """The signals at the instants `tau` (P,), as an array (P, R)."""
        modes = np.multiply.outer(tau, self.rates)
        values: Floats = np.exp(modes, out=modes) @ self.weights.T
        values += self.offset
        values += np.multiply.outer(tau, self.slope)
        return values

    def integral(self, tau: Floats) -> Floats:
        """The integrals of the signals from 0 to the instants `tau` (P,), as an array (P, R)."""
        if self._still is None:
            still = self.rates == 0.0
            self._still = still if np.logical_or.reduce(still) else ()
        modes = np.multiply.outer(tau, self.rates)
        np.expm1(modes, out=modes)
        if len(self._still):
            modes /= np.where(self._still, -1.0, self.rates)
            modes[:, self._still] = tau[:, None]
        else:
            modes /= self.rates
        values: Floats = modes @ self.weights.T
        values += np.multiply.outer(tau, self.offset)
        values += np.multiply.outer(0.5 * tau * tau, self.slope)
        return values

    def area(self, tau: float) -> Floats:
        """The integrals (R,) from 0 to one instant; nobody may change them, for the last ones are kept."""
        if self._area is None or self._area[0] != tau:
            self._area = tau, self.integral(np.array([tau]))[0]
        return self._area[1]

    def one(self, row: int, tau: float) -> float:
        """One signal at one instant."""
        offset, slope, weights, rates = self._terms.get(row) or self._terms_of(row)
        value = offset + slope * tau
        for weight, mode in zip(weights, np.exp(rates * tau).tolist(), strict=True):
            value += weight * mode
        return value

    def row(self, row: int, tau: Floats) -> Floats:
        """One signal at the instants `tau` (P,): the same bits as `one` gives for each."""
        if len(tau) < FEW:
            return np.array([self.one(row, instant) for instant in tau.tolist()], dtype=np.float64)
        offset, slope, weights, rates = self._terms.get(row) or self._terms_of(row)
        parts = np.empty((len(rates) + 1, len(tau)))
        parts[0] = offset + slope * tau
        np.exp(np.multiply.outer(rates, tau), out=parts[1:])
        parts[1:] *= np.array(weights)[:, None]
        # over the first of two axes numpy adds row after row, as `one` does
        value: Floats = np.add.reduce(parts, axis=0)
        return value

    def _terms_of(self, row: int) -> "_Terms":
        present = self.weights[row] != 0.0
        weights = self.weights[row][present].tolist()
        terms = float(self.offset[row]), float(self.slope[row]), weights, self.rates[present]
        self._terms[row] = terms
        return terms


def _diagonal(values: Floats) -> Floats:
    """As `np.diag`, in half of its time."""
    matrix = np.zeros((len(values), len(values)))
    matrix.flat[:: len(values) + 1] = values
    return matrix
