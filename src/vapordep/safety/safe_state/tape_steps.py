"""Steps of a tape: what is sent, and the replies that will do, found out with the driver itself as the judge."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vapordep.devices.patterns import Script, asides, bare, exactly, expression, places
from vapordep.devices.recording import Exchange
from vapordep.errors import NotArmed

LISTENS = 0.05
"""How long a player stays with a command that is not answered before it lets the instrument rest, s."""

__all__ = ["Script", "Step", "question", "steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the tape holds it, and how long it lasts when all goes well, in s."""

    data: dict[str, Any]
    lasts: float

    def under(self, states: Mapping[str, bool]) -> "Step":
        """The same, to be played only while the `states` are so."""
        return replace(self, data={**self.data, "if": dict(states)})

    def applies(self, states: Mapping[str, bool]) -> bool:
        """Whether it is played in these states."""
        return all(states[name] is wanted for name, wanted in self.data["if"].items())


async def steps(script: Script, name: str) -> list[Step]:
    """What a script did, for the output or instrument `name`."""
    script = await bare(script)
    found = await places(script)
    expressions = [expression(allowed) + await asides(script, number) for number, allowed in enumerate(found)]
    return [_step(script, number, name, [pattern], {}) for number, pattern in enumerate(expressions)]


async def question(true: Script, false: Script, tag: str) -> Step:
    """The question that tells the state `tag`: the one whose reply differs between two scripts of one reading."""
    number = next(n for n, (a, b) in enumerate(zip(true.replies, false.replies, strict=True)) if a != b)
    patterns = [expression((await places(script))[number]) for script in (true, false)]
    step = _step(true, number, tag, patterns, {"input": tag})
    step.data["true"] = _frame(true.exchanges[number], patterns[0])[0]
    return step


def _step(script: Script, number: int, name: str, patterns: list[str], more: Mapping[str, Any]) -> Step:
    exchange = script.exchanges[number]
    pattern = patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"
    reply, checksum = _frame(exchange, pattern)
    unanswered = exchange.framing.unanswered(exchange.payload)
    rest = exchange.framing.rest if unanswered is None else unanswered
    data = {
        "for": name,
        "of": script.device.name,
        "send": exchange.sent.hex(),
        "reply": reply,
        "check": checksum,
        "within": exchange.within if unanswered is None else LISTENS,
        "rest": rest,
        **more,
    }
    return Step(data, exchange.took + rest)


def _frame(exchange: Exchange, pattern: str) -> tuple[str, str]:
    """The expression of a whole frame around that of its payload, and the name of its check bytes."""
    framing = exchange.framing
    if framing.unanswered(exchange.payload) is not None:
        return "", ""
    frame = framing.reply_frame(exchange.sent, exchange.reply)
    if frame is None:
        what = f"{type(framing).__name__} replies on {exchange.line.where} cannot be told from noise"
        raise NotArmed(what)
    begin, _, end = frame.partition(exchange.reply)
    found = exactly(begin) + pattern + (".." if framing.checksum else exactly(end))
    if framing.text:  # whole lines only: "A +1" must not be found within "BA +1"
        found = f"(?:(?<![\\x00-\\xff])|(?<={exactly(end)})){found}"
    return found, framing.checksum
