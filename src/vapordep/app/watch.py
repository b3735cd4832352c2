"""Watching a run: a snapshot now and then for whoever shows it, and the peaks it reached."""

from collections.abc import Sequence

import numpy as np

from vapordep.app.outside import Outside, Snapshot
from vapordep.clock import perf
from vapordep.engine.run import Run
from vapordep.model.batches import Batch
from vapordep.model.run import Verb
from vapordep.recipe import Estimate

PERIOD = 0.1
"""A snapshot is made at most this often, in wall s."""


class Watcher:
    """A hub listener that hands snapshots on, at most one each `PERIOD` wall seconds."""

    def __init__(self, run: Run, estimate: Estimate, outside: Outside) -> None:
        self.run = run
        self.estimate = estimate
        self.outside = outside
        self._began = perf()
        self._origin = run.rig.clock.now()
        self._next = 0.0

    def take(self, batches: Sequence[Batch]) -> None:
        """Shows a snapshot when it is time for one."""
        self.look()

    def look(self) -> None:
        """The same where no reading comes."""
        now = perf()
        if now >= self._next:
            self._next = now + PERIOD
            self.outside.show(self.snapshot())
            self._obey(self.outside.verb())

    def _obey(self, verb: Verb | None) -> None:
        """Asks for the verb that somebody wants; one that the run's state does not allow is passed over."""
        if verb in self.run.allowed:
            self.run.ask(verb, "asked for by a key")

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
            reason=run.reason,
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
