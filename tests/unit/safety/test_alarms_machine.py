"""Alarms against a small model of their own: booleans instead of a table, nothing taken from the safety core."""

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vapordep.errors import VapordepError
from vapordep.model.batches import Batch
from vapordep.model.events import Event
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.tags import Tag
from vapordep.safety.alarms.alarm_words import alarm_of
from vapordep.safety.alarms.alarms import Alarms
from vapordep.safety.interlocks.compiled import compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.units import Pa, one

TAGS = {name: Tag(name, unit, stale_after=1e9) for name, unit in (("a.p", Pa), ("b.p", Pa), ("v.open", one))}
RULES = (
    InterlockRule("WARN", ("a.p < 5 Pa",), "w.", "Look.", action=Action.WARN, deadband="1 Pa", clear_after=2.0),
    InterlockRule("WHEN", ("b.p < 5 Pa",), "x.", "Look.", action=Action.WARN, when="v.open"),
    InterlockRule("TRIP", ("b.p < 7 Pa",), "t.", "Look.", action=Action.HOLD, trip_after_samples=2),
)
PEOPLE = ("acknowledge", "reset", "shelve", "unshelve", "remove", "return")
VALUES = (1.0, 4.5, 5.0, 6.0, 9.0, math.nan)


@dataclass
class Modelled:
    """One alarm in booleans."""

    latches: bool = False
    there: bool = False
    waits: bool = False
    """For an acknowledgement."""
    latched: bool = False
    shelved_until: float = 0.0
    shelved: bool = False
    removed: bool = False
    idle: bool = False
    calm: float | None = None
    bad: int = 0

    @property
    def silent(self) -> bool:
        return self.removed or self.shelved or self.idle

    @property
    def shown(self) -> str:
        for name, holds in (("OUT_OF_SERVICE", self.removed), ("SHELVED", self.shelved), ("SUPPRESSED", self.idle)):
            if holds:
                return name
        if self.there:
            return "UNACK_ACTIVE" if self.waits else "ACK_ACTIVE"
        return "UNACK_CLEARED" if self.waits else "LATCHED" if self.latched else "NORMAL"

    def judge(self, bad: bool) -> None:
        if bad and not self.there:
            self.waits = not self.silent
            self.latched = self.latches
        self.there = bad

    def silence(self, **how: bool) -> None:
        was = self.silent
        for name, value in how.items():
            setattr(self, name, value)
        if self.silent != was:
            self.waits = self.there and was

    def may(self, what: str) -> bool:
        if what == "acknowledge":
            return not self.silent and self.waits
        if what == "reset":
            return self.latched and not self.there and not self.waits
        if self.latches:
            return False
        return {
            "shelve": not self.silent,
            "unshelve": self.shelved and not self.removed,
            "remove": not self.removed,
            "return": self.removed,
        }[what]

    def do(self, what: str, now: float) -> None:
        if what == "acknowledge":
            self.waits = False
        elif what == "reset":
            self.latched = False
        elif what == "shelve":
            self.silence(shelved=True)
            self.shelved_until = now + 3.0
        elif what == "unshelve":
            self.silence(shelved=False)
        elif what == "remove":
            self.silence(removed=True, shelved=False)
        else:
            self.silence(removed=False)


@dataclass
class Model:
    warn: Modelled = field(default_factory=Modelled)
    when: Modelled = field(default_factory=Modelled)
    trip: Modelled = field(default_factory=lambda: Modelled(latches=True))

    def of(self, id: str) -> Modelled:
        return {"WARN": self.warn, "WHEN": self.when, "TRIP": self.trip}[id]

    def sample(self, now: float, a: float, b: float, opened: bool) -> None:
        self.pass_time(math.nextafter(now, -math.inf))
        if not a < (4.0 if self.warn.there else 5.0):
            self.warn.calm = None
            self.warn.judge(True)
        elif self.warn.there and self.warn.calm is None:
            self.warn.calm = now
        self.pass_time(now)
        self.when.silence(idle=not opened)
        self.when.judge(opened and not b < 5.0)
        self.trip.bad = 0 if b < 7.0 else self.trip.bad + 1
        self.trip.judge(self.trip.bad >= (1 if self.trip.latched else 2))
        self.unshelve(now)

    def pass_time(self, now: float) -> None:
        if self.warn.calm is not None and now >= self.warn.calm + 2.0:
            self.warn.calm = None
            self.warn.judge(False)

    def unshelve(self, now: float) -> None:
        for alarm in (self.warn, self.when):
            if alarm.shelved and now >= alarm.shelved_until:
                alarm.silence(shelved=False)


class AlarmsAgainstModel(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.events: list[Event] = []
        self.interlocks = Interlocks(compile_rules(RULES, TAGS, ()))
        self.alarms = Alarms(self.interlocks, lambda: self.now, self.events.append)
        self.interlocks.standings.on_trip.append(lambda trip: self.alarms.raised(alarm_of(trip), "alarm"))  # type: ignore[arg-type]
        self.model = Model()
        self.sample(1.0, 1.0, True)
        self.interlocks.go_live(self.now)

    @rule(a=st.sampled_from(VALUES), b=st.sampled_from(VALUES), opened=st.booleans())
    def measure(self, a: float, b: float, opened: bool) -> None:
        self.now += 0.5
        self.sample(a, b, opened)
        self.model.sample(self.now, a, b, opened)

    def sample(self, a: float, b: float, opened: bool) -> None:
        values = {"a.p": a, "b.p": b, "v.open": float(opened)}
        self.interlocks.evaluate(self.now, [Batch.one(tag, self.now, value) for tag, value in values.items()])
        self.alarms.take()

    @rule(duration=st.sampled_from((0.25, 0.5, 5.0)))
    def wait(self, duration: float) -> None:
        self.now += duration
        self.interlocks.tick(self.now)
        self.alarms.take()
        self.model.pass_time(self.now)
        self.model.unshelve(self.now)

    @rule(id=st.sampled_from([rule.id for rule in RULES]), what=st.sampled_from(PEOPLE))
    def person(self, id: str, what: str) -> None:
        allowed = self.model.of(id).may(what)
        try:
            self.ask(id, what)
        except VapordepError:
            assert not allowed, f"{what} {id} was refused in {self.model.of(id).shown}"
        else:
            assert allowed, f"{what} {id} was taken in {self.model.of(id).shown}"
            self.model.of(id).do(what, self.now)

    def ask(self, id: str, what: str) -> None:
        if what == "shelve":
            self.alarms.shelve(id, "Ada", "noise", 3.0)
        elif what == "remove":
            self.alarms.remove(id, "Ada", "sensor in repair")
        elif what == "return":
            self.alarms.restore_service(id, "Ada")
        else:
            getattr(self.alarms, what)(id, "Ada")

    @invariant()
    def shows_the_same(self) -> None:
        if hasattr(self, "model"):
            shown = {view.id: str(view.state) for view in self.alarms.all}
            assert shown == {id: self.model.of(id).shown for id in shown}

    @invariant()
    def every_change_is_one_event(self) -> None:
        for view in self.alarms.all if hasattr(self, "alarms") else ():
            moves = [(e.data["was"], e.data["state"]) for e in self.events if e.data["id"] == view.id]
            states = ["NORMAL", *(after for _, after in moves)]
            assert [before for before, _ in moves] == states[:-1]
            assert states[-1] == view.state

    @invariant()
    def an_interlock_is_latched_as_long_as_its_alarm(self) -> None:
        if hasattr(self, "model"):
            assert bool(self.interlocks.trips) == self.model.trip.latched


class TestAlarms(AlarmsAgainstModel.TestCase):  # type: ignore[misc]
    settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.many
class TestManyAlarms(AlarmsAgainstModel.TestCase):  # type: ignore[misc]
    settings = settings(max_examples=600, stateful_step_count=60, deadline=None)
