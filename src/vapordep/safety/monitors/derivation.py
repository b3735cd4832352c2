"""The derivation: runs the monitors over every batch, in the order of time and of their dependence."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from vapordep.model.batches import Batch, Sample
from vapordep.model.columns import Columns, rising
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest
from vapordep.safety.monitors.monitor import Monitor, batch_of
from vapordep.safety.streams import in_order, is_worthwhile

_CHANGING = ("latest", "_states", "_fresh")
"""What a stretch of samples changes."""


class Derivation:
    """Holds the monitors' states. A monitor may read derived tags of monitors before it in the list."""

    def __init__(self, monitors: Sequence[Monitor[Any]]) -> None:
        self.monitors = tuple(monitors)
        self._names = tuple(monitor.tag.name for monitor in self.monitors)
        self._derived = frozenset(self._names)
        self.latest: dict[str, Sample] = {}
        self._states: list[Any] = [monitor.initial for monitor in self.monitors]
        self._readers = _readers(self.monitors)
        self._foreseeing = [i for i, m in enumerate(self.monitors) if type(m).ahead is not Monitor.ahead]
        """Those that the passing of time alone may change."""
        self._fresh = {i for i, monitor in enumerate(self.monitors) if not monitor.inputs}

    @property
    def tags(self) -> Mapping[str, Tag]:
        """The derived tags, by name."""
        return {monitor.tag.name: monitor.tag for monitor in self.monitors}

    def __call__(self, batches: Sequence[Batch]) -> list[Batch]:
        """The batches of derived tags that follow from `batches`; no result depends on how a stream is cut."""
        return self._over(batches) if self._may_leap(batches) else self.walk(batches)

    def walk(self, batches: Sequence[Batch]) -> list[Batch]:
        """The same sample by sample, which is what counts: whole stretches are only a faster way to it."""
        found: dict[str, list[Sample]] = {}
        for instant, arrivals in in_order(batches):
            due, self._fresh = self._fresh, set()
            for tag, sample in arrivals:
                if self._is_late(tag, sample):
                    self._recall(tag, sample)
                else:
                    due |= self._take(tag, sample)
            if due:
                self._update(due, instant, found)
        return [batch_of(tag, found[tag]) for tag in self._names if tag in found] if found else []

    def trial(self) -> "Derivation":
        """A copy: to see what a stretch of samples would give before it is committed."""
        trial = copy(self)
        vars(trial).update({name: copy(vars(self)[name]) for name in _CHANGING})
        return trial

    def adopt(self, trial: "Derivation") -> None:
        """Remembers what a trial does, as if it had taken the same samples itself."""
        vars(self).update({name: vars(trial)[name] for name in _CHANGING})

    def ahead(self, time: float, now: float) -> Latest:
        """The newest samples as they will be at the instant `time` (s) if nothing arrives before.

        What is stale is judged at the instant `now`: by `time` polls will have come.
        """
        ahead = self.latest.copy()
        for i in self._foreseeing:
            monitor = self.monitors[i]
            sample = monitor.ahead(self._states[i], time, now, self.latest)
            if sample is not None:
                ahead[monitor.tag.name] = sample
        return ahead

    def reset(self, *names: str) -> None:
        """Makes the monitors of these derived tags forget; a name that no monitor has raises KeyError."""
        places = {monitor.tag.name: i for i, monitor in enumerate(self.monitors)}
        for name in names:
            self._states[places[name]] = self.monitors[places[name]].initial
            self._fresh.add(places[name])

    def _may_leap(self, batches: Sequence[Batch]) -> bool:
        """Whether it is a long stretch in which every sample is newer than all of its tag before.

        And none is of a derived tag: where many fall silent at once, derived ones are told with those they come from.
        """
        if self._fresh or not is_worthwhile(batches) or not self._derived.isdisjoint(batch.tag for batch in batches):
            return False
        return all(self._is_newer(batch) for batch in batches) and rising(batches)

    def _is_newer(self, batch: Batch) -> bool:
        known = self.latest.get(batch.tag)
        return known is None or not len(batch.times) or batch.times.item(0) > known.time

    def _over(self, batches: Sequence[Batch]) -> list[Batch]:
        """A long stretch, monitor after monitor."""
        columns = Columns(self.latest, batches)
        found = []
        for i, monitor in enumerate(self.monitors):
            instants = columns.instants(monitor.inputs)
            if len(instants):
                self._states[i], batch = monitor.over(self._states[i], instants, columns)
                if batch is not None:
                    columns.add(batch)
                    found.append(batch)
        self.latest |= {tag: batch.last for tag, batch in columns.batches.items()}
        return found

    def _is_late(self, tag: str, sample: Sample) -> bool:
        known = self.latest.get(tag)
        return known is not None and sample.time < known.time

    def _recall(self, tag: str, sample: Sample) -> None:
        """A late sample changes what is remembered; it shows with the next sample in time, and in `ahead` at once."""
        for i in self._readers.get(tag, ()):
            self._states[i] = self.monitors[i].late(self._states[i], tag, sample)

    def _take(self, tag: str, sample: Sample) -> set[int]:
        """Keeps a sample, and tells which monitors read its tag."""
        self.latest[tag] = sample
        return self._readers.get(tag, set())

    def _update(self, due: set[int], instant: float, found: dict[str, list[Sample]]) -> None:
        """Each monitor reads only what comes before it, so that those still to come are found on the way."""
        while due:
            i = min(due)
            due.remove(i)
            monitor = self.monitors[i]
            self._states[i], sample = monitor.update(self._states[i], instant, self.latest)
            if sample is not None:
                found.setdefault(monitor.tag.name, []).append(sample)
                due |= self._take(monitor.tag.name, sample)


def _readers(monitors: Sequence[Monitor[Any]]) -> dict[str, set[int]]:
    """Which monitors look again when a tag changes; ValueError when one reads what only a later one derives."""
    derived = {monitor.tag.name: i for i, monitor in enumerate(monitors)}
    readers: dict[str, set[int]] = {}
    for i, monitor in enumerate(monitors):
        for tag in monitor.inputs:
            if tag in derived and derived[tag] >= i:
                raise ValueError(f"{monitor.tag.name} reads {tag}, which is derived after it")
            readers.setdefault(tag, set()).add(i)
    return readers
