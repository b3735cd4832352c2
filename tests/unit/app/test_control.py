"""Control over the web: never two holders, never an order by an old token or on old news; 200 random histories."""

import math
import random
from dataclasses import dataclass, field, replace

import pytest

from tests.unit.link.test_codec import ENGINE, RUN
from vapordep.app.served.admission import A_TICK, LONGEST, Admission, Standpoints
from vapordep.app.served.control import GRACE, Control
from vapordep.errors import InputError, NotInControl, StaleOrder
from vapordep.link.authority import Authority, KeepControl
from vapordep.link.news import EngineShown
from vapordep.link.orders import AskRun, Disarm, Order, Request
from vapordep.model.run import RunState, Verb

MEANWHILE = (RunState.RUNNING, RunState.HELD, RunState.PAUSED)


@dataclass
class Engine:
    """What the real parts stand on: a clock, news, and what is to be seen of a run."""

    epoch: str = "e1"
    now: float = 100.0
    number: int = 0
    shown: EngineShown = ENGINE
    told: list[str] = field(default_factory=list)
    out: list[tuple[int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.control = Control(lambda: self.now, lambda: "then", self.told.append)
        self.standpoints = Standpoints(self.epoch)
        self.admission = Admission(self.control, self.standpoints, lambda: self.now, self.tell)
        self.tell()

    def tell(self) -> None:
        self.number += 1
        self.out.append((self.number, self.now))
        self.standpoints.note(self.shown, self.number, self.now)

    def newer_for(self, seen: str) -> float:
        """How long newer news than that have been out; infinite for what was seen of another life of the engine."""
        epoch, _, number = seen.partition(":")
        if epoch != self.epoch:
            return math.inf
        return self.now - next((at for out, at in self.out if out > int(number)), self.now)

    def turn(self, state: RunState) -> None:
        self.shown = replace(self.shown, run=replace(RUN, state=state))

    @property
    def seen(self) -> str:
        return f"{self.epoch}:{self.number}"

    def give(self, order: Order, token: str, seen: str) -> None:
        self.admission.admit(Request("1", 1e9, order, Authority(token, seen)))


def test_one_has_control_until_it_is_given_back_lapses_or_is_taken_over() -> None:
    engine = Engine()
    first = engine.control.take("ada")
    with pytest.raises(NotInControl, match="ada has control"):
        engine.control.take("ben")
    second = engine.control.take("ben", force=True)
    assert engine.told[-1] == "ben has control, taken over from ada"
    with pytest.raises(NotInControl, match="ben has control"):
        engine.control.require("ada", first)
    with pytest.raises(NotInControl):
        engine.control.require("ada", second)  # somebody else's token is of no use
    engine.now += GRACE - 1.0
    engine.control.require("ben", second)
    engine.now += GRACE - 1.0
    assert engine.control.shown is not None
    engine.now += 1.0
    assert engine.control.shown is None
    assert "free" in engine.told[-1]
    with pytest.raises(NotInControl, match="nobody"):
        engine.control.require("ben", second)
    third = engine.control.take("ada")
    engine.control.release("ada", third)
    assert engine.control.shown is None


def test_a_second_page_of_the_same_person_takes_control_from_the_first() -> None:
    engine = Engine()
    first = engine.control.take("ada")
    second = engine.control.take("ada")
    with pytest.raises(NotInControl, match="not the token"):
        engine.control.require("ada", first)
    with pytest.raises(NotInControl, match="shows no token"):
        engine.control.require("ada", "")
    engine.control.require("ada", second)


def test_an_order_on_old_news_is_stale_and_one_on_other_news_too() -> None:
    engine = Engine()
    token = engine.control.take("ada")
    resume, hold, seen = AskRun(Verb.RESUME, "ada"), AskRun(Verb.HOLD, "ada"), engine.seen
    engine.now += 1.0
    engine.give(resume, token, seen)
    engine.turn(RunState.HELD)  # changed, and not even told yet
    with pytest.raises(StaleOrder, match="not any more"):
        engine.give(resume, token, seen)
    engine.give(hold, token, seen)
    engine.give(Disarm("ada"), token, seen)
    engine.give(resume, token, engine.seen)
    engine.now += LONGEST + 2.0
    for order in (resume, hold):
        with pytest.raises(StaleOrder, match=r"\d s old"):
            engine.give(order, token, seen)
    for other in ("e0:1", f"e1:{engine.number + 5}"):
        with pytest.raises(StaleOrder, match="anew"):
            engine.give(hold, token, other)
    for none in ("", "e1", "e1:", "e1:-1", "e1:x", "e1:1e3", "e1:" + "9" * 40, ":1", "e1:²"):
        with pytest.raises(InputError, match="does not say"):
            engine.give(hold, token, none)


def test_news_that_many_orders_cause_make_none_of_them_stale() -> None:
    engine = Engine()
    token = engine.control.take("ada")
    for _ in range(1000):
        engine.give(AskRun(Verb.RESUME, "ada"), token, engine.seen)
        engine.now += 0.001
    seen = engine.seen
    engine.now += LONGEST - 1.0
    engine.give(AskRun(Verb.RESUME, "ada"), token, seen)


@dataclass
class Person:
    name: str
    token: str = ""
    seen: str = ""
    of: EngineShown | None = None


class History:
    """2 to 10 people, some with old pages, slow lines and replays; the truth is kept beside it, from what happened."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.engine = Engine()
        self.people = [Person(f"p{n}") for n in range(self.chance.randint(2, 10))]
        self.holder: Person | None = None
        self.valid, self.heard = "", 0.0
        self.under_way: list[tuple[Person, Order, str, str, EngineShown | None]] = []
        self.went = self.refused = 0

    def play(self) -> None:
        deeds = (self.take, self.look, self.look, self.send, self.send, self.change, self.keep, self.release, self.die)
        for _ in range(120):
            self.engine.now += self.chance.choices((0.0, 0.1, 0.5, 1.0, 3.0, 20.0, 61.0), (9, 9, 9, 9, 3, 1, 1))[0]
            if self.chance.random() < 0.9:
                self.engine.tell()
            self.lapse()
            self.chance.choice(deeds)(self.chance.choice(self.people))
            shown = self.engine.control.shown
            assert (shown and shown.person) == (self.holder and self.holder.name)
            while self.under_way and self.chance.random() < 0.6:
                self.arrive(*self.under_way.pop(self.chance.randrange(len(self.under_way))))

    def has(self, who: Person, token: str) -> bool:
        return self.holder is who and token == self.valid

    def lapse(self) -> None:
        if self.holder is not None and self.engine.now - self.heard >= GRACE:
            self.holder, self.valid = None, ""

    def take(self, who: Person) -> None:
        force = self.chance.random() < 0.4
        free = self.holder in (None, who) or force
        try:
            token = self.engine.control.take(who.name, force=force)
        except NotInControl:
            assert not free
        else:
            assert free
            self.holder, self.valid, self.heard, who.token = who, token, self.engine.now, token

    def look(self, who: Person) -> None:
        who.seen, who.of = self.engine.seen, self.engine.shown

    def send(self, who: Person) -> None:
        order = AskRun(self.chance.choice((Verb.RESUME, Verb.HOLD)), who.name)
        self.under_way += [(who, order, who.token, who.seen, who.of)] * self.chance.randint(1, 2)

    def change(self, _: Person) -> None:
        self.engine.turn(self.chance.choice(MEANWHILE))

    def keep(self, who: Person) -> None:
        try:
            self.engine.give(KeepControl(who.name), who.token, "")
        except NotInControl:
            assert not self.has(who, who.token)
        else:
            assert self.has(who, who.token)
            self.heard = self.engine.now

    def release(self, who: Person) -> None:
        try:
            self.engine.control.release(who.name, who.token)
        except NotInControl:
            assert not self.has(who, who.token)
        else:
            assert self.has(who, who.token)
            self.holder, self.valid = None, ""

    def die(self, _: Person) -> None:
        if self.chance.random() < 0.1:
            self.engine = Engine(f"e{self.engine.number}", self.engine.now)
            self.holder, self.valid = None, ""

    def arrive(self, who: Person, order: AskRun, token: str, seen: str, of: EngineShown | None) -> None:
        may, went = self.has(who, token), False
        newer_for = self.engine.newer_for(seen)
        try:
            self.engine.give(order, token, seen)
            went = True
        except NotInControl:
            assert not may
        except (StaleOrder, InputError):
            assert may
        if may:
            self.heard = self.engine.now
        self.went, self.refused = self.went + went, self.refused + (not went)
        if went:
            assert may
            assert newer_for <= LONGEST + A_TICK
            assert order.verb is Verb.HOLD or of == self.engine.shown


@pytest.mark.parametrize(
    "histories",
    [200, pytest.param(2000, marks=pytest.mark.many), pytest.param(20_000, marks=pytest.mark.very_many)],
)
def test_in_random_histories_nobody_orders_without_control_or_on_old_news(histories: int) -> None:
    went = refused = 0
    for seed in range(histories):
        history = History(seed)
        history.play()
        went, refused = went + history.went, refused + history.refused
    assert went > histories
    assert refused > histories
