"""Bypasses: one interlock set aside by one person, with a reason and an end that comes by itself."""

from collections.abc import Callable
from datetime import datetime

from vapordep.errors import SafetyError
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Bypass, InterlockRule
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.units import Dimension, format_si

LONGEST_BYPASS = 8 * 3600.0
"""No bypass lasts longer, in s."""


class Bypasses:
    """Every bypass in force. Each beginning and each end is one event; `changed` is called after it."""

    def __init__(
        self,
        interlocks: Interlocks,
        now: Callable[[], float],
        civil_at: Callable[[float], datetime],
        log: Callable[[Event], None],
    ) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._interlocks = interlocks
        self._now = now
        self._civil_at = civil_at
        self._log = log
        self._active: dict[str, Bypass] = {}

    @property
    def active(self) -> tuple[Bypass, ...]:
        """Those in force, the one that ends first in front."""
        return tuple(sorted(self._active.values(), key=lambda bypass: bypass.until))

    def add(self, id: str, person: str, reason: str, duration: float) -> Bypass:
        """Sets an interlock aside for `duration` s; one that is in force gives its place, and is named.

        Raises SafetyError for an unknown or hard interlock, without a person or a reason, and for more than 8 h.
        """
        rule = self._rule(id)
        if rule.hard:
            raise SafetyError(f"{id} has no bypass: {rule.protects}", where=id, remedy="put its cause right")
        if not person.strip() or not reason.strip():
            raise SafetyError("an interlock is bypassed by a person, for a reason", where=id, remedy="say who and why")
        if not 0.0 < duration <= LONGEST_BYPASS:
            longest = format_si(LONGEST_BYPASS, Dimension.TIME)
            raise SafetyError(
                f"no bypass lasts {format_si(duration, Dimension.TIME)}", where=id, remedy=f"at most {longest}"
            )
        now = self._now()
        bypass = Bypass(id, person.strip(), reason.strip(), now, now + duration)
        self._begin(bypass, f"BYPASS of {id} by {bypass.person}: {bypass.reason}{self.in_place_of(id)}")
        return bypass

    def in_place_of(self, id: str) -> str:
        """Words about the bypass whose place another one of this interlock would take; none without one."""
        before = self._active.get(id)
        if before is None:
            return ""
        left = format_si(before.left(self._now()), Dimension.TIME)
        return f"; in place of the one by {before.person}: {before.reason}, with {left} left"

    def adopt(self, bypass: Bypass) -> None:
        """Goes on with one that was in force before a restart, to its old end and not to a second longer.

        Raises SafetyError for one that could not begin today: its interlock is gone or hard by now, or it is too long.
        """
        if self._rule(bypass.id).hard or not bypass.until - bypass.began <= LONGEST_BYPASS:
            raise SafetyError(f"{bypass.id} has no such bypass", where=bypass.id)
        self._begin(bypass, f"BYPASS of {bypass.id} by {bypass.person} goes on: {bypass.reason}")

    def tell(self) -> None:
        """Logs each that is in force, for a record that begins now."""
        for bypass in self.active:
            self._tell(bypass, f"BYPASS of {bypass.id} by {bypass.person} goes on: {bypass.reason}")

    def lift(self, id: str, person: str) -> None:
        """Ends a bypass before its time; raises SafetyError when there is none."""
        if id not in self._active:
            raise SafetyError(
                f"{id} is not bypassed", where=id, remedy=f"bypassed: {', '.join(self._active) or 'none'}"
            )
        self._end(self._active[id], self._now(), f"the bypass of {id} was lifted by {person}")

    def take(self) -> None:
        """Ends those whose time is over; to be called after every evaluation."""
        if self._active:
            now = self._now()
            for bypass in [bypass for bypass in self._active.values() if bypass.until <= now]:
                self._end(bypass, bypass.until, f"the bypass of {bypass.id} by {bypass.person} is over")

    def _begin(self, bypass: Bypass, text: str) -> None:
        self._active[bypass.id] = bypass
        self._interlocks.set_aside(bypass.id, bypass.until, self._now())
        self._tell(bypass, text)
        self.changed()

    def _tell(self, bypass: Bypass, text: str) -> None:
        end = self._civil_at(bypass.until)
        left = format_si(bypass.left(self._now()), Dimension.TIME)
        self._log(Event(self._now(), Kind.BYPASS, f"{text} (until {end:%Y-%m-%d %H:%M:%S} UTC, {left} left)", {
            "id": bypass.id, "by": bypass.person, "reason": bypass.reason, "until": end.isoformat(), "bypassed": True,
        }))  # fmt: skip

    def _end(self, bypass: Bypass, time: float, text: str) -> None:
        del self._active[bypass.id]
        self._interlocks.put_back(bypass.id, self._now())
        self._log(Event(time, Kind.BYPASS, text, {"id": bypass.id, "by": bypass.person, "bypassed": False}))
        self.changed()

    def _rule(self, id: str) -> InterlockRule:
        rules = {interlock.rule.id: interlock.rule for interlock in self._interlocks.compiled.interlocks}
        if id not in rules:
            raise SafetyError(f"no interlock is called {id!r}", remedy=f"interlocks: {', '.join(rules)}")
        return rules[id]
