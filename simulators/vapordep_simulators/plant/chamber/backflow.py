"""Gas that flows back into a bottle, or out of one that holds foreign gas: the equations of `gas` with composition.

Whatever flows carries the composition of where it comes from; a bottle evaporates towards saturation of its own
substance only. Rows as in `gas`, and after them all gases in all bottles.
"""

import numpy as np

from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.gas import GasDrive, GasNetwork, GasState, feed_gas_of
from vapordep_simulators.plant.chamber.stepping import Rates, Stepped, stepped


def mixed(network: GasNetwork, state: GasState, drive: GasDrive, duration: float) -> Stepped:
    """The solution over `duration` s: rows species, bottles (own substance), feeds, lags, then bottles by species."""
    count, bottles, feeds, lags = network.counts
    start = np.concatenate([state.moles, state.feeds, state.lags, state.bottles.ravel()])
    amount = float(state.moles.sum() + state.bottles.sum() + drive.saturation.sum())
    if drive.push is not None:
        amount += float(drive.push.limits.sum())
    flow = float(np.abs(drive.targets).sum() + np.abs(state.feeds).sum()) or amount
    absolute = np.full(len(start), NEGLIGIBLE * (amount or 1e-9))
    absolute[count : count + feeds] = NEGLIGIBLE * flow
    solution = stepped(_rates(network, drive), start, duration, absolute)
    first = count + feeds + lags
    own = first + np.arange(bottles) * count + network.own
    rows = np.concatenate([np.arange(count), own, np.arange(count, first), np.arange(first, first + bottles * count)])
    return Stepped(solution.nodes, solution.powers[:, :, rows])


NEGLIGIBLE = 1e-12
"""Part of all gas, and of all flow, that is no error."""


def _rates(network: GasNetwork, drive: GasDrive) -> Rates:
    count, bottles, feeds, lags = network.counts
    conductance = np.where(drive.open, network.conductance, 0.0)
    dense = drive.warmth / network.headspace
    own, brings, push = (np.arange(bottles), network.own), feed_gas_of(network, drive), drive.push

    def rates(y: Floats) -> Floats:
        moles, flows = y[:count], y[count : count + feeds]
        vapour = y[count + feeds + lags :].reshape(bottles, count)
        held, total = vapour.sum(axis=1), moles.sum()
        out = conductance * (held * dense - total / network.volume)
        forward, back = np.maximum(out, 0.0), np.maximum(-out, 0.0)
        leaving = (forward / np.where(held > 0.0, held, 1.0))[:, None] * vapour
        entering = back[:, None] * (moles / (total if total > 0.0 else 1.0))
        change = entering - leaving
        chamber = brings @ flows + drive.inflow - drive.pumping * moles - change.sum(axis=0)
        change[own] += drive.evaporation * (drive.saturation - vapour[own])
        if push is not None:
            change[own[0], push.gas] += push.rates * np.maximum(push.limits - held, 0.0)
        felt = drive.lag_rates * (network.lag_weights @ moles - y[count + feeds : count + feeds + lags])
        return np.concatenate([chamber, network.feed_rates * (drive.targets - flows), felt, change.ravel()])

    return rates
