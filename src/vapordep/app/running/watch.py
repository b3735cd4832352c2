"""Watching a run: a snapshot now and then for whoever shows it, and the peaks it reached."""

import math
from collections.abc import Sequence

import numpy as np

from vapordep.app.running.outside import Outside, Snapshot
from vapordep.app.words import shown
from vapordep.clock import perf
from vapordep.engine.run import Run
from vapordep.errors import RecipeError, TransitionRefused, Tripped
from vapordep.model.amendments import Amendment
from vapordep.model.batches import Batch
from vapordep.model.place import Section
from vapordep.model.run import RunState, Verb
from vapordep.recipe import estimate
from vapordep.recipe.resume.broken_off import layers_done
from vapordep.units import Dimension

PERIOD = 0.1
"""A snapshot is made at most this often, in wall s."""
BY_KEY = "asked for by a key"


class Watcher:
    """A hub listener that hands snapshots on, at most one each `PERIOD` wall seconds."""

    def __init__(self, run: Run, peaks: "Peaks", outside: Outside) -> None:
        self.run = run
        self.peaks = peaks
        self.outside = outside
        self._plan = run.plan
        self._estimate = estimate(run.plan, run.rig.reactor)
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

    def _obey(self, order: Verb | Amendment | None) -> None:
        """Asks for what somebody wants; a verb that the run's state does not allow is passed over."""
        run, by = self.run, self.outside.person
        try:
            if order is Verb.SKIP and order in run.allowed:
                run.skip(BY_KEY, by)
            elif isinstance(order, Verb) and order in run.allowed:
                run.ask(order, BY_KEY, by)
            elif order is not None and not isinstance(order, Verb):
                _, doubts = run.amend(order, BY_KEY, by)
                for doubt in doubts:
                    self.outside.warn(str(doubt))
        except (TransitionRefused, Tripped, RecipeError) as error:
            self.outside.warn(str(error))

    def _left(self) -> float:
        """The estimated rest of the run in s, by its plan as it is now."""
        if self.run.plan is not self._plan:
            self._plan = self.run.plan
            self._estimate = estimate(self._plan, self.run.rig.reactor)
        if self.run.section is Section.CAP:
            return self._estimate.left(in_finally=True)
        spent = self.run.rig.clock.now() - self.run.sequencer.began
        return self._estimate.left(self.run.position, in_finally=self.run.in_finally, spent=spent)

    def _standing(self) -> str:
        run = self.run
        steps = run.plan.steps if run.section is Section.STEPS else ()
        layers = [f"{layer.name} {layer.whole} of {layer.planned}" for layer in layers_done(steps, run.position)]
        last = run.doses.given[-1].step if run.doses.given else "none"
        foil = shown(self.peaks.highest.get("foil.temperature", 0.0), Dimension.TEMPERATURE)
        return f"whole cycles {', '.join(layers) or '-'}; last dose {last}; foil at most {foil}"

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
            left=self._left(),
            pressure=run.rig.value("chamber.pressure"),
            stage=run.rig.value("stage.temperature"),
            reason=run.reason,
            allowed=run.allowed,
            standing=self._standing() if run.state is RunState.HELD else "",
        )


class Peaks:
    """The highest usable value of every tag, in SI, and how many samples there were."""

    def __init__(self) -> None:
        self.highest: dict[str, float] = {}
        self.samples = 0

    def take(self, batches: Sequence[Batch]) -> None:
        """A hub listener: batches that come together share their instants."""
        count = len(batches[0]) if batches else 0
        if not count:
            return
        self.samples += count * len(batches)
        highest = self.highest
        for batch, value in zip(batches, _highest(batches, count), strict=True):
            if value > highest.get(batch.tag, -math.inf):
                highest[batch.tag] = value


def _highest(batches: Sequence[Batch], count: int) -> list[float]:
    """The highest value of each, NaN where none is usable."""
    if count == 1:
        return [batch.last.value for batch in batches]
    values = np.array([batch.values for batch in batches])
    found: list[float] = np.maximum.reduce(values, axis=1).tolist()  # the quicker way, but one NaN makes NaN of all
    return found if not any(map(math.isnan, found)) else np.fmax.reduce(values, axis=1).tolist()
