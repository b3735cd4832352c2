"""Manual control: arming, and commands to outputs, with the verdict of the gate before one is given."""

from typing import Annotated

from fastapi import FastAPI, Path
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Text, Told
from vapordep.api.live.engine import Engine
from vapordep.api.live.live import Live
from vapordep.api.live.shown import HandValveShown
from vapordep.api.operate.control import By
from vapordep.errors import LinkError, NotThere
from vapordep.link.orders import Arm, CommandOutput, Disarm, JudgeCommand, ProveHandValve
from vapordep.model.reactor import Reactor
from vapordep.units import Dimension, parse
from vapordep.wire import hand_valve_as_plain

Operator = Annotated[Caller, Needs(Right.OPERATE)]
ARMS_WITHIN, PROVES_WITHIN = 15.0, 45.0
"""How long the engine may take to arm or disarm, and for a test pulse with the look at the gauge after it, in s."""
STATES = {"closed": 0.0, "off": 0.0, "open": 1.0, "on": 1.0}
Number = Annotated[float, Field(allow_inf_nan=False)]
SourceName = Annotated[str, Path(max_length=64, description="The source's name.")]


class Wanted(Given):
    """An output and the value it is to have: a number in SI, a text with its unit (`150 degC`), or `open`, `off`."""

    tag: Annotated[str, Field(max_length=200, examples=["walls.setpoint"])]
    value: Number | Annotated[str, Field(max_length=40)] = Field(examples=["150 degC"])
    reason: Text = ""


class Against(Answer):
    """What stands against a command: the interlock (or ARM, RANGE, SAFE STATE), its term, and what to do."""

    interlock: str
    term: str
    text: str
    protects: str
    remedy: str


class Judged(Answer):
    """Whether the command would be let through now; `value` in SI."""

    tag: str
    value: float
    allowed: bool
    against: list[Against]


class TestPulse(Given):
    """How long the source is opened, with its unit; empty for as long as is usual."""

    __test__ = False  # it tests a hand valve, not this program

    width: Annotated[str, Field(max_length=40, examples=["50 ms"])] = ""


class Proven(Answer):
    """What a test pulse showed, in a sentence and in numbers."""

    done: str
    hand_valve: HandValveShown


class ForSubstrate(Given):
    """What lies on the stage; empty takes the reactor's first substrate."""

    substrate: Annotated[str, Field(max_length=100)] = ""


def add(app: FastAPI, live: Live, engine: Engine) -> None:
    """Adds the routes."""
    _add_commands(app, live.served.reactor, engine)
    _add_test_pulse(app, live.served.reactor, engine)
    _add_arming(app, engine)


def _add_commands(app: FastAPI, reactor: Reactor, engine: Engine) -> None:
    @app.post("/api/commands/judge", responses=refuses(404, 409, 502))
    def judge(given: Wanted, caller: Operator) -> Judged:
        """Whether a command would be let through now, and all that stands against it; nothing is commanded."""
        value = _value(reactor, given)
        verdict = engine.call(JudgeCommand(given.tag, value)).verdict
        against = () if verdict is None else verdict.objections
        return Judged(
            tag=given.tag, value=value, allowed=verdict is not None and verdict.allowed,
            against=[Against(interlock=o.interlock, term=o.term, text=o.text, protects=o.protects, remedy=o.remedy)
                     for o in against],
        )  # fmt: skip

    @app.post("/api/commands", responses=refuses(404))
    def command(given: Wanted, caller: Operator, by: By) -> Told:
        """Bring one output to a value through the gate, and wait until it reads back so. Not while a run is under way.

        Refused (409) with `interlocks` by trips and permissives, 422 out of its range; never clamped.
        """
        order = CommandOutput(given.tag, _value(reactor, given), caller.person.name, given.reason)
        return Told(done=engine.call(order, under=by).text)


def _add_test_pulse(app: FastAPI, reactor: Reactor, engine: Engine) -> None:
    @app.post("/api/sources/{source}/test-pulse", responses=refuses(404))
    def prove(source: SourceName, given: TestPulse, caller: Operator, by: By) -> Proven:
        """Give a source one short pulse between runs, and tell whether the pressure rose: is its hand valve open?

        The reactor must be armed, evacuated, and its carrier flowing. 409 with `interlocks` where something stands
        against it.
        """
        width = parse(given.width, Dimension.TIME) if given.width.strip() else 0.0
        if source not in reactor.sources:
            raise NotThere(f"there is no source {source!r}", remedy=f"one of {', '.join(reactor.sources)}")
        done = engine.call(ProveHandValve(source, caller.person.name, width), PROVES_WITHIN, by)
        if done.hand_valve is None:
            raise LinkError(f"the engine tells nothing of the test pulse: {done.text}")
        return Proven(done=done.text, hand_valve=HandValveShown.model_validate(hand_valve_as_plain(done.hand_valve)))


def _add_arming(app: FastAPI, engine: Engine) -> None:
    @app.post("/api/arm")
    def arm(given: ForSubstrate, caller: Operator, by: By) -> Told:
        """Arm: every output is driven to its safe value, and may then leave it. A run arms by itself."""
        return Told(done=engine.call(Arm(caller.person.name, given.substrate), ARMS_WITHIN, by).text)

    @app.post("/api/disarm")
    def disarm(caller: Operator, by: By) -> Told:
        """Drive every output to its safe value; from then on nothing leaves it. Not while a run is under way."""
        return Told(done=engine.call(Disarm(caller.person.name), ARMS_WITHIN, by).text)


def _value(reactor: Reactor, given: Wanted) -> float:
    """In SI; raises NotThere for what is no output, UnitError for a text that is no value of it."""
    output = reactor.outputs.get(given.tag)
    if output is None:
        raise NotThere(f"there is no output {given.tag!r}", remedy="see /api/reactor/tags")
    if not isinstance(given.value, str):
        return float(given.value)
    if output.unit.dimension is Dimension.STATE and (word := given.value.strip().lower()) in STATES:
        return STATES[word]
    return parse(given.value, output.unit.dimension)
