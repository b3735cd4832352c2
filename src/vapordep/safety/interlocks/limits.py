"""Limits of interlocks, changed while this program runs: tightened at any time, loosened only when disarmed."""

from collections.abc import Callable
from dataclasses import replace

from vapordep.errors import SafetyError
from vapordep.model.events import Event, Kind, Value
from vapordep.safety.conditions import Condition, shown
from vapordep.safety.interlocks.compiled import Interlock
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.units import parse

Kept = dict[tuple[str, str, str], str]
"""By interlock, tag and side, `<` or `>` as its condition has it: the quantity as it was written last."""


class Limits:
    """Changes single limits; each change is one event. The reactor file is not touched."""

    def __init__(
        self, interlocks: Interlocks, now: Callable[[], float], armed: Callable[[], bool], log: Callable[[Event], None]
    ) -> None:
        self._interlocks = interlocks
        self._now = now
        self._armed = armed
        self._log = log
        self._changed: Kept = {}

    @property
    def kept(self) -> Kept:
        """What was changed."""
        return dict(self._changed)

    def adopt(self, kept: Kept) -> None:
        """Takes over what was changed at another safety core of this reactor; interlocks that are gone are left out."""
        known = {interlock.rule.id for interlock in self._interlocks.compiled.interlocks}
        for (id, tag, side), quantity in kept.items():
            if id in known:
                self._set(self._interlock(id), tag, side, quantity)

    def change(self, id: str, tag: str, limit: str, person: str, reason: str) -> None:
        """Brings the limit that interlock `id` sets to `tag` to another, such as `900 Pa`; of two `< 900 Pa`.

        Raises SafetyError for what is no such limit, without a person or a reason, for a limit that is loosened while
        armed, and for one of a hard interlock that is loosened at all; UnitError for what is no quantity.
        """
        if not person.strip() or not reason.strip():
            raise SafetyError("a limit is changed by a person, for a reason", where=id, remedy="say who and why")
        interlock = self._interlock(id)
        side, quantity = _parts(limit)
        _, condition = self._condition(interlock, tag, side)
        value = parse(quantity, condition.tag.dimension)
        loosened = value > condition.limit if condition.symbol.startswith("<") else value < condition.limit
        if loosened and interlock.rule.hard:
            raise SafetyError("its limit is built in: it is only tightened", where=id)
        if loosened and self._armed():
            raise SafetyError(
                f"{quantity} loosens it while the reactor is armed", where=id, remedy="disarm the reactor first"
            )
        self._set(interlock, tag, condition.symbol, quantity)
        before, after = shown(condition.limit, condition.tag), shown(value, condition.tag)
        text = f"{id}: {tag} {condition.symbol} {after} instead of {before}, by {person.strip()}: {reason.strip()}"
        data: dict[str, Value] = {
            "id": id,
            "tag": tag,
            "from": condition.limit,
            "to": value,
            "loosened": loosened,
            "by": person.strip(),
        }
        self._log(Event(self._now(), Kind.LIMIT, text, {**data, "reason": reason.strip()}))

    def _set(self, interlock: Interlock, tag: str, side: str, quantity: str) -> None:
        place, condition = self._condition(interlock, tag, side)
        written = f"{tag} {condition.symbol} {quantity}"
        changed = replace(condition, limit=parse(quantity, condition.tag.dimension), text=written)
        require = tuple(changed if n == place else other for n, other in enumerate(interlock.require))
        release = tuple(replace(changed, margin=c.margin) if n == place else c for n, c in enumerate(interlock.release))
        self._interlocks.exchange(replace(interlock, require=require, release=release), self._now())
        self._changed[interlock.rule.id, tag, condition.symbol] = quantity

    def _interlock(self, id: str) -> Interlock:
        known = {interlock.rule.id: interlock for interlock in self._interlocks.compiled.interlocks}
        if id not in known:
            raise SafetyError(f"no interlock is called {id!r}", remedy=f"interlocks: {', '.join(known)}")
        return known[id]

    def _condition(self, interlock: Interlock, tag: str, side: str) -> tuple[int, Condition]:
        """The only condition that compares `tag` with a number, on that side where one is named."""
        found = [
            (place, condition)
            for place, condition in enumerate(interlock.require)
            if condition.tag.name == tag and condition.symbol.startswith(side or ("<", ">")) and condition.other is None
        ]
        if len(found) == 1:
            return found[0]
        told = ", ".join(c.text for c in interlock.require)
        what = f"it sets {tag} no limit{f' with {side}' if side else ''}"
        remedy = f"it requires: {told}"
        if found:
            what, remedy = f"it sets {tag} more than one limit", f"say which with < or > before the quantity; {remedy}"
        raise SafetyError(what, where=interlock.rule.id, remedy=remedy)


def _parts(limit: str) -> tuple[str, str]:
    """On which side the limit is, `<` or `>`, empty where that is not said; and the quantity."""
    text = limit.strip()
    side = text[:1] if text.startswith(("<", ">")) else ""
    return side, text.removeprefix(side).strip()
