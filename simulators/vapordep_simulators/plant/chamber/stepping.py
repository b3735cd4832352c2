"""Signals as the dense solution of a Runge-Kutta method, for what is not linear: the same questions as an expansion."""

from bisect import bisect_right
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import SimulationError
from vapordep_simulators.plant.chamber.expansion import Floats

TOLERANCE = 1e-9
"""Relative error of a step."""
LARGEST_COUNT = 100_000
"""Steps of one piece, taken or refused."""

# Dormand and Prince 1980, RK5(4)7FM; the quartic between the steps is Shampine's (1986).
_STAGES = (
    np.array([1 / 5]),
    np.array([3 / 40, 9 / 40]),
    np.array([44 / 45, -56 / 15, 32 / 9]),
    np.array([19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]),
    np.array([9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]),
    np.array([35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]),
)
_ERROR = np.array([-71 / 57600, 0.0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40])
_DENSE = np.array(
    [
        [1.0, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
        [0.0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
        [0.0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
        [0.0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
        [0.0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
    ]
)

Rates = Callable[[Floats], Floats]


class Stepped:
    """R signals between the nodes of a Runge-Kutta solution, each a quartic from node to node.

    `nodes` (S + 1,) in s since the start; `powers` (S, 5, R) in the time since the node.
    """

    __slots__ = ("_areas", "_nodes", "nodes", "powers")

    def __init__(self, nodes: Floats, powers: Floats) -> None:
        self.nodes = nodes
        self.powers = powers
        self._nodes: list[float] = nodes.tolist()
        widths = np.diff(nodes)
        areas = sum(powers[:, k] * (widths ** (k + 1) / (k + 1))[:, None] for k in range(5))
        self._areas = np.vstack([np.zeros(powers.shape[2]), np.cumsum(areas, axis=0)])

    def _step(self, tau: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
        """The step each instant lies in: its index, the time since its node, its polynomial."""
        index = np.clip(np.searchsorted(self.nodes, tau, side="right") - 1, 0, len(self.powers) - 1)
        return index, (tau - self.nodes[index])[:, None], self.powers[index]

    def at(self, tau: Floats) -> Floats:
        """The signals at the instants `tau` (P,), as an array (P, R)."""
        _, since, powers = self._step(tau)
        values: Floats = powers[:, 4]
        for k in (3, 2, 1, 0):
            values = values * since + powers[:, k]
        return values

    def integral(self, tau: Floats) -> Floats:
        """The integrals of the signals from 0 to the instants `tau` (P,), as an array (P, R)."""
        index, since, powers = self._step(tau)
        area = sum(powers[:, k] * since ** (k + 1) / (k + 1) for k in range(5))
        values: Floats = self._areas[index] + area
        return values

    def area(self, tau: float) -> Floats:
        """The integrals (R,) from 0 to one instant."""
        values: Floats = self.integral(np.array([tau]))[0]
        return values

    def one(self, row: int, tau: float) -> float:
        """One signal at one instant: what `at` gives, without arrays."""
        index = min(max(bisect_right(self._nodes, tau) - 1, 0), len(self.powers) - 1)
        since = tau - self._nodes[index]
        c0, c1, c2, c3, c4 = self.powers[index, :, row].tolist()
        value: float = c0 + since * (c1 + since * (c2 + since * (c3 + since * c4)))
        return value

    def row(self, row: int, tau: Floats) -> Floats:
        """One signal at the instants `tau` (P,): the same bits as `one` gives for each."""
        index = np.clip(np.searchsorted(self.nodes, tau, side="right") - 1, 0, len(self.powers) - 1)
        since, powers = tau - self.nodes[index], self.powers[index, :, row]
        value: Floats = powers[:, 4]
        for k in (3, 2, 1, 0):
            value = powers[:, k] + since * value
        return value


def stepped(rates: Rates, start: Floats, duration: float, absolute: Floats) -> Stepped:
    """The solution of y' = rates(y) from `start` over `duration` s; `absolute` is the error allowed near zero.

    Raises SimulationError when the steps become too many.
    """
    nodes, powers = [0.0], []
    y, slope, t = start, rates(start), 0.0
    step = min(duration, 1e-3)
    for _ in range(LARGEST_COUNT):
        step = min(step, duration - t)
        after, stages, error = _try(rates, y, slope, step)
        size = float(np.max(np.abs(error) / (absolute + TOLERANCE * np.maximum(np.abs(y), np.abs(after)))))
        if size <= 1.0:
            powers.append(np.vstack([y, (_DENSE.T @ stages) / step ** np.arange(4)[:, None]]))
            y, slope = after, stages[-1]
            t = duration if step >= duration - t else t + step
            nodes.append(t)
            if t >= duration:
                return Stepped(np.array(nodes), np.array(powers))
        step *= min(5.0, max(0.2, 0.9 * size**-0.2)) if size > 0.0 else 5.0
    raise SimulationError("the gas flows change too fast to be followed", remedy="Look for an absurd volume or lag.")


def _try(rates: Rates, y: Floats, slope: Floats, step: float) -> tuple[Floats, Floats, Floats]:
    """One step of `step` s: where it ends, the slopes it took (7, R), and its error."""
    stages = np.empty((7, len(y)))
    stages[0] = slope
    after = y
    for k, weights in enumerate(_STAGES, start=1):
        after = y + step * (weights @ stages[:k])
        stages[k] = rates(after)
    return after, stages, step * (_ERROR @ stages)
