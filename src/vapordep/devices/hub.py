"""The hub: every batch passes here; monitors and interlocks see it first, then everybody else."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from math import inf, nextafter

from vapordep.clock import Clock
from vapordep.devices.rehearsal import NOTHING, Batches, Rehearsal, Rehearse, sharing_instants, until_instant
from vapordep.devices.waits import Awaited, Wait
from vapordep.model.batches import BAD, Batch, Sample
from vapordep.model.tags import Quality, Tag

Derive = Callable[[Batches], Batches]
Judge = Callable[[float, Batches], None]
Listener = Callable[[Batches], None]
Glance = Callable[[Sequence[tuple[str, Sample]]], None]
"""Takes new samples of one instant, each with its tag, before they are published."""


class Hub:
    """Keeps the latest sample of every tag and hands batches on, all in one synchronous pass without any await.

    `glance` is shown what a poll has read before anything is made of it; `derive` turns readings into derived tags,
    `judge(until, batches)` is the interlocks' evaluation, `rehearse` tries both on copies, `deadline()` says before
    which instant (s) the interlocks need no look without a sample, and `attentive()` whether somebody must be handed
    each sample at its instant; all are set once, when the reactor is put together.
    """

    def __init__(self, tags: Mapping[str, Tag], clock: Clock) -> None:
        self.tags = tags
        self.clock = clock
        self.latest: dict[str, Sample] = {}
        self.glance: Glance = lambda arrived: None
        self.derive: Derive = lambda batches: ()
        self.judge: Judge = lambda until, batches: None
        self._listeners: list[tuple[Listener, frozenset[str]]] = []
        self._routes: dict[tuple[str, ...], list[Listener]] = {}
        """Who wants batches of just these tags together; the same ones come again and again."""
        self.rehearse: Rehearse = lambda until, batches: NOTHING
        self.deadline: Callable[[], float] = lambda: inf
        self.attentive: Callable[[], bool] = lambda: False
        self._waits: list[Wait] = []
        self._watched_since = clock.now()
        self._none_silent_before = self._watched_since
        """It may be too early, never too late."""

    def publish(self, batches: Batches) -> None:
        """Takes batches that came together, in SI; a tag that nobody declared is a fault of the program."""
        until = self._keep(batches)
        derived = self.derive(batches)
        self._keep(derived)
        together = (*batches, *derived) if derived else batches
        self.judge(until, together)
        self._hand_on((batches,), derived)

    def recall(self, batch: Batch) -> None:
        """Takes what is known of a tag from before; its value is what was read, and as long as nobody did, unknown."""
        read = self.latest.get(batch.tag)
        self.publish([batch])
        if read is None:
            del self.latest[batch.tag]
        else:
            self.latest[batch.tag] = read

    def try_stretch(self, groups: Sequence[Batches], until: float) -> "Trial":
        """Tries what would follow from samples foretold up to `until` (s): how far nothing happens. Changes nothing.

        `groups` are the exchanges, each with its own instants, all later than what was published before.
        """
        if self._is_one_look(groups, until):
            return Trial(self, groups, until, None, inf)
        batches = list(chain.from_iterable(groups))
        rehearsal = self.rehearse(until, batches)
        together = [*batches, *rehearsal.derived]
        first = min(rehearsal.acts, self.falls_silent(until, {batch.tag for batch in together}))
        for wait in self._waits:
            first = min(first, wait.first(self.latest, together, min(first, until)))
        return Trial(self, groups, until, rehearsal, first)

    def _is_one_look(self, groups: Sequence[Batches], until: float) -> bool:
        """Whether all that may happen happens at the end of the stretch: it need not be tried to be published there."""
        if any(group[0].times.item(0) < until for group in groups):
            return False
        return until <= self.deadline() and until < self.falls_silent(until)

    def publish_stretch(self, groups: Sequence[Batches], until: float, rehearsal: Rehearsal | None = None) -> None:
        """Takes all samples up to `until` (s); with the rehearsal of just these when it is known that nothing acts."""
        batches = list(chain.from_iterable(groups))
        self._keep(batches)
        if rehearsal is not None:
            rehearsal.adopt()
            derived = rehearsal.derived
        else:
            derived = self.derive(batches)
            self.judge(until, [*batches, *derived])
        self._keep(derived)
        self._hand_on(groups, derived)
        if self.falls_silent(until) <= until:
            self.tick(until)

    def falls_silent(self, until: float, others: Collection[str] = ()) -> float:
        """The first instant (s) at which a tag not among `others` is silent too long; past `until` it may be early."""
        if self._none_silent_before > until:
            return self._none_silent_before
        found = min(
            (self._silent_from(name, tag) for name, tag in self.tags.items() if name not in others), default=inf
        )
        if not others:
            self._none_silent_before = found
        return found

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for what will be read."""
        return bool(self._waits)

    def tick(self, now: float) -> None:
        """Marks what has been silent for too long as BAD, and lets the interlocks judge the silence."""
        silent = [Batch.one(name, now, float("nan"), Quality.BAD) for name in self._fallen_silent(now)]
        if silent:
            self.publish(silent)
        else:
            self.judge(now, ())
            if self._waits:
                self._settle()

    def listen(self, listener: Listener, on: Collection[str] = ()) -> None:
        """Adds somebody who is handed all batches after interlocks and latest values; it must not block.

        Batches handed over together share their instants. With `on`, only those that come with one of these tags.
        """
        self._listeners.append((listener, frozenset(on)))
        self._routes.clear()

    def forget(self, listener: Listener) -> None:
        """Hands nothing more to somebody who listened."""
        self._listeners = [(each, on) for each, on in self._listeners if each != listener]
        self._routes.clear()

    async def until(self, awaited: Awaited, on: Collection[str] = ()) -> None:
        """Waits until a question, a condition or several conditions are true, asked after every batch and every tick.

        A question that reads nothing but `latest` of the tags `on` is answered faster over foretold stretches; a
        condition faster still.
        """
        wait = Wait(awaited, on, asyncio.get_running_loop().create_future())
        if wait.holds(self.latest, self.clock.now()):
            return
        self._waits.append(wait)
        try:
            await wait.future
        finally:
            if wait in self._waits:
                self._waits.remove(wait)

    def _hand_on(self, groups: Sequence[Batches], derived: Batches) -> None:
        for batches in (*groups, *sharing_instants(derived)) if derived else groups:
            for listener in self._wanted_by(batches):
                listener(batches)
        if self._waits:
            self._settle()

    def _wanted_by(self, batches: Batches) -> list[Listener]:
        tags = tuple([batch.tag for batch in batches])
        found = self._routes.get(tags)
        if found is None:
            found = self._routes[tags] = [each for each, on in self._listeners if not on or not on.isdisjoint(tags)]
        return found

    def _keep(self, batches: Batches) -> float:
        until, silent = self.clock.now(), self._none_silent_before
        for batch in batches:
            tag = self.tags.get(batch.tag)
            if tag is None:
                raise KeyError(f"nobody declared the tag {batch.tag}")
            if len(batch.times):
                newest = self.latest[batch.tag] = batch.last
                if newest.time > until:
                    until = newest.time
                if newest.quality is not BAD and newest.time + tag.stale_after < silent:
                    silent = newest.time + tag.stale_after
        self._none_silent_before = silent
        return until

    def _fallen_silent(self, now: float) -> list[str]:
        if self.falls_silent(now) > now:
            return []
        return [name for name, tag in self.tags.items() if self._silent_from(name, tag) <= now]

    def _silent_from(self, name: str, tag: Tag) -> float:
        """From which instant (s) on a tag counts as silent if nothing comes; never again when it is BAD already."""
        sample = self.latest.get(name)
        if sample is None:
            return nextafter(self._watched_since + tag.stale_after, inf)
        return inf if sample.quality is BAD else nextafter(sample.time + tag.stale_after, inf)

    def _settle(self) -> None:
        now = self.clock.now()
        for wait in [wait for wait in self._waits if wait.holds(self.latest, now)]:
            self._waits.remove(wait)
            if not wait.future.done():
                wait.future.set_result(None)


class Trial:
    """A foretold stretch, and the instant `reached` (s) up to which it may be published: nothing happens before."""

    def __init__(
        self, hub: Hub, groups: Sequence[Batches], until: float, rehearsal: Rehearsal | None, first: float
    ) -> None:
        """Without a `rehearsal` when all of it is at the end, so that publishing comes to the same."""
        self._hub = hub
        self._groups = groups
        self._rehearsal = rehearsal
        self.eventful = first <= until
        self.reached = max(min(first, until), hub.clock.now())

    def publish(self) -> None:
        """Publishes it as far as it holds; to be called when the clock shows `reached`."""
        if self.eventful:
            self._hub.publish_stretch(until_instant(self._groups, self.reached), self.reached)
        else:
            self._hub.publish_stretch(self._groups, self.reached, self._rehearsal)
