"""Refusals: what a person is told of a command that may not go, and what is logged of it."""

from collections.abc import Sequence

from vapordep.errors import CommandRefused
from vapordep.model.commands import Command
from vapordep.model.events import Event, Kind, Value
from vapordep.model.tags import Tag
from vapordep.safety.conditions import shown
from vapordep.safety.outputs.permit import Denial


def refusal(command: Command, tag: Tag, reasons: Sequence[Denial]) -> CommandRefused:
    """The error that names every reason, its interlocks, and once each what to do about them."""
    what = f"{command.tag} may not go to {shown(command.value, tag)}: {told(reasons)}"
    remedies = dict.fromkeys(denial.remedy.rstrip(".") for denial in reasons if denial.remedy)
    ids = list(dict.fromkeys(denial.interlock for denial in reasons))
    return CommandRefused(what, where=command.tag, remedy="; ".join(remedies), interlocks=ids)


def event_of(command: Command, refused: CommandRefused, now: float) -> Event:
    """What is logged of it at the instant `now` (s)."""
    interlocks = ", ".join(refused.interlocks)
    data: dict[str, Value] = {"tag": command.tag, "value": command.value, "interlocks": interlocks}
    return Event(now, Kind.REFUSED, refused.what, data)


def told(reasons: Sequence[Denial]) -> str:
    """Every reason with the interlock's id and what it protects."""
    return "; ".join(
        f"{denial.interlock}: {denial.text}" + (f" ({denial.protects.rstrip('.')})" if denial.protects else "")
        for denial in reasons
    )
