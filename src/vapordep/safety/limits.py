"""Limits of interlocks, changed while this program runs: tightened at any time, loosened only when disarmed."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from vapordep.errors import SafetyError
from vapordep.model.events import Event, Kind, Value
from vapordep.safety.compiled import Interlock
from vapordep.safety.conditions import Condition, shown
from vapordep.safety.interlocks import Interlocks
from vapordep.units import parse


class Limits:
    """Changes single limits; each change is one event. The reactor file is not touched."""

    def __init__(
        self, interlocks: Interlocks, now: Callable[[], float], armed: Callable[[], bool], log: Callable[[Event], None]
    ) -> None:
        self._interlocks = interlocks
        self._now = now
        self._armed = armed
        self._log = log
        self._changed: dict[tuple[str, str], str] = {}

    @property
    def kept(self) -> Mapping[tuple[str, str], str]:
        """What was changed: by interlock and tag, the limit as it was written last."""
        return dict(self._changed)

    def adopt(self, kept: Mapping[tuple[str, str], str]) -> None:
        """Takes over what was changed at another safety core of this reactor; interlocks that are gone are left out."""
        known = {interlock.rule.id for interlock in self._interlocks.compiled.interlocks}
        for (id, tag), limit in kept.items():
            if id in known:
                self._set(self._interlock(id), tag, limit)

    def change(self, id: str, tag: str, limit: str, person: str, reason: str) -> None:
        """Brings the limit that interlock `id` sets to `tag` to another one, such as `900 Pa`.

        Raises SafetyError for what is no such limit, without a person or a reason, for a limit that is loosened while
        armed, and for one of a hard interlock that is loosened at all; UnitError for what is no quantity.
        """
        if not person.strip() or not reason.strip():
            raise SafetyError("a limit is changed by a person, for a reason", where=id, remedy="say who and why")
        interlock = self._interlock(id)
        _, condition = self._condition(interlock, tag)
        value = parse(limit, condition.tag.dimension)
        loosened = value > condition.limit if condition.symbol.startswith("<") else value < condition.limit
        if loosened and interlock.rule.hard:
            raise SafetyError(f"the limit of {id} is built in: it is only tightened", where=id)
        if loosened and self._armed():
            raise SafetyError(f"{limit} loosens {id} while the reactor is armed", where=id, remedy="disarm it first")
        self._set(interlock, tag, limit)
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

    def _set(self, interlock: Interlock, tag: str, limit: str) -> None:
        place, condition = self._condition(interlock, tag)
        written = f"{tag} {condition.symbol} {limit.strip()}"
        changed = replace(condition, limit=parse(limit, condition.tag.dimension), text=written)
        require = tuple(changed if n == place else other for n, other in enumerate(interlock.require))
        release = tuple(replace(changed, margin=c.margin) if n == place else c for n, c in enumerate(interlock.release))
        self._interlocks.exchange(replace(interlock, require=require, release=release), self._now())
        self._changed[interlock.rule.id, tag] = limit

    def _interlock(self, id: str) -> Interlock:
        known = {interlock.rule.id: interlock for interlock in self._interlocks.compiled.interlocks}
        if id not in known:
            raise SafetyError(f"no interlock is called {id!r}", remedy=f"interlocks: {', '.join(known)}")
        return known[id]

    def _condition(self, interlock: Interlock, tag: str) -> tuple[int, Condition]:
        """The only condition that compares `tag` with a number."""
        found = [
            (place, condition)
            for place, condition in enumerate(interlock.require)
            if condition.tag.name == tag and condition.symbol and condition.other is None
        ]
        if len(found) != 1:
            told = ", ".join(c.text for c in interlock.require)
            raise SafetyError(f"{interlock.rule.id} sets {tag} {len(found)} limits, not one", where=interlock.rule.id,
                              remedy=f"it requires: {told}")  # fmt: skip
        return found[0]
