"""Watching a run: a snapshot now and then for whoever shows it, and the peaks it reached."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vapordep.clock import perf
from vapordep.engine.run import Run
from vapordep.model.batches import Batch
from vapordep.model.run import RunState
from vapordep.recipe import Estimate

PERIOD = 0.1
"""A snapshot is made at most this often, in wall s."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a run is: instants and durations in s, temperatures in K, pressure in Pa; NaN where not known."""

    state: RunState
    step: str
    block: str
    cycle: int
    cycles: int
    doses: int
    waiting_for: str
    simulated: float
    wall: float
    left: float
    """Estimated rest of the run on its own clock, in s."""
    pressure: float
    stage: float


class Watcher:
    """A hub listener that hands snapshots on, at most one each `PERIOD` wall seconds."""

    def __init__(self, run: Run, estimate: Estimate, show: Callable[[Snapshot], None]) -> None:
        self.run = run
        self.estimate = estimate
        self.show = show
        self._began = perf()
        self._origin = run.rig.clock.now()
        self._next = 0.0

    def take(self, batches: Sequence[Batch]) -> None:
        """Shows a snapshot when it is time for one."""
        now = perf()
        if now >= self._next:
            self._next = now + PERIOD
            self.show(self.snapshot())

    def snapshot(self) -> Snapshot:
        """The run as it stands."""
        run, progress = self.run, self.run.sequencer.progress
        return Snapshot(
            state=run.state,
            step=progress.step,
            block=progress.block,
            cycle=progress.cycle,
            cycles=progress.cycles,
            doses=run.doses.count,
            waiting_for=run.rig.waiting_for,
            simulated=run.rig.clock.now() - self._origin,
            wall=perf() - self._began,
            left=self.estimate.left(run.sequencer.cursor, in_finally=run.in_finally),
            pressure=run.rig.value("chamber.pressure"),
            stage=run.rig.value("stage.temperature"),
        )


class Peaks:
    """The highest usable value of every tag, in SI, and how many samples there were."""

    def __init__(self) -> None:
        self.highest: dict[str, float] = {}
        self.samples = 0

    def take(self, batches: Sequence[Batch]) -> None:
        """A hub listener."""
        for batch in batches:
            count = len(batch)
            self.samples += count
            value = float(batch.values[0]) if count == 1 else float(np.nanmax(batch.values, initial=-np.inf))
            if value > self.highest.get(batch.tag, -np.inf):
                self.highest[batch.tag] = value
