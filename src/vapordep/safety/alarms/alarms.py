"""Alarms of the safety core in the states of ISA-18.2: of each trip, each warning, each output that does not obey."""

from collections.abc import Callable, Iterable, Mapping
from math import inf

from vapordep.errors import SafetyError, TransitionRefused
from vapordep.model.alarms import (
    SILENCED,
    STANDING,
    UNANSWERED,
    Alarm,
    AlarmStanding,
    AlarmState,
    AlarmView,
    KeptAlarm,
    Turn,
)
from vapordep.model.events import Event, Kind
from vapordep.safety.alarms.alarm_points import Point, change_of, raising_of
from vapordep.safety.alarms.alarm_words import alarm_of_output
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.units import Dimension, format_si

BEFORE_RESTART: Mapping[AlarmState, AlarmState] = {
    AlarmState.UNACK_CLEARED: AlarmState.UNACK_ACTIVE,
    AlarmState.LATCHED: AlarmState.ACK_ACTIVE,
}
"""What was gone before a restart counts as there until it is seen to be gone."""
MEMORY = "MEMORY"
"""The alarm that says that what was latched is not known."""
DISK = "history.disk"
"""The alarm that the disk gets full. It is not kept, for who raises it finds it anew, and a full disk could not."""
LONGEST_SHELF = 8 * 3600.0
"""No alarm is shelved for longer than this, in s."""


class Alarms:
    """Every alarm of a reactor. What is measured comes from the interlocks, what a person does from these methods.

    Each change of a state is one event. `changed` is called after it, for whoever keeps the states over a restart.
    """

    def __init__(self, interlocks: Interlocks, now: Callable[[], float], log: Callable[[Event], None]) -> None:
        """`now()` is the instant in s on the clock of the samples."""
        self.interlocks = interlocks
        self.changed: Callable[[], None] = lambda: None
        self._now = now
        self._log = log
        self._points = {rule.id: Point(rule.id, rule) for rule in interlocks.watched}
        self._upset: list[str] = []
        self._unshelve_at = inf

    # --- what is asked -------------------------------------------------------------------------------------------

    @property
    def all(self) -> tuple[AlarmView, ...]:
        """Every alarm there is, those of interlocks in the order of their evaluation."""
        return tuple(point.view() for point in self._points.values())

    @property
    def standing(self) -> tuple[AlarmView, ...]:
        """Those that wait for something, the most urgent first, of equals the earlier one."""
        found = [view for view in self.all if view.state in STANDING]
        return tuple(sorted(found, key=lambda view: (-view.priority, view.raised or 0.0)))

    @property
    def unknown(self) -> tuple[AlarmView, ...]:
        """The alarm that a latch may be forgotten, as long as nobody has answered it."""
        point = self._points.get(MEMORY)
        return (point.view(),) if point is not None and point.standing.state in UNANSWERED else ()

    @property
    def silenced(self) -> tuple[AlarmView, ...]:
        """Those that are shelved, suppressed or out of service."""
        return tuple(view for view in self.all if view.state in SILENCED)

    def __getitem__(self, id: str) -> AlarmView:
        """One alarm; raises SafetyError for an unknown id."""
        return self._point(id).view()

    # --- what is measured ----------------------------------------------------------------------------------------

    def raised(self, alarm: Alarm, kind: Kind, tell: Callable[[Event], None] | None = None) -> None:
        """An interlock has acted, or an output does not obey; `tell` takes the event where it must wait."""
        self.take(tell)
        point = self._points.setdefault(alarm.id, Point(alarm.id))
        point.alarm, point.by = alarm, ""
        before = point.standing.state
        self._join_upset(point)
        point.standing = point.standing.after(Turn.RAISE, latching=point.latching)
        quiet = point.standing.state in SILENCED
        (tell or self._log)(raising_of(alarm, Kind.ALARM_STATE if quiet else kind, point, before))
        self._changed(point)

    def cleared(self, id: str, time: float, why: str = "") -> None:
        """What was raised by `raised` beside the interlocks is over at the instant `time` (s)."""
        if id in self._points and self._points[id].standing.present:
            self._turn(self._points[id], Turn.CLEAR, time, why)

    def take(self, tell: Callable[[Event], None] | None = None) -> None:
        """Takes over what turned at the interlocks since the last time, and what comes back from the shelf."""
        turned = self.interlocks.standings.turned
        if turned:
            self.interlocks.standings.turned = []
            for time, id, turn in turned:
                self._turn(self._points[id], turn, time, tell=tell)
        now = self._now()
        if now >= self._unshelve_at:
            for point in self._points.values():
                if point.standing.state is AlarmState.SHELVED and point.until <= now:
                    self._turn(point, Turn.UNSHELVE, point.until, "its time on the shelf is over", tell=tell)
            self._note_shelf()

    # --- what a person does --------------------------------------------------------------------------------------

    def acknowledge(self, id: str, person: str, note: str = "") -> AlarmView:
        """A person has read the alarm, and maybe says so in a note.

        Raises SafetyError for an unknown id, TransitionRefused when none waits.
        """
        point = self._point(id)
        self._turn(point, Turn.ACKNOWLEDGE, self._now(), note, by=person)
        if any(trip.id == id for trip in self.interlocks.trips):
            self.interlocks.standings.acknowledge(id)
        return point.view()

    def reset(self, id: str, person: str) -> AlarmView:
        """Releases what is latched; raises Tripped unless it is acknowledged and its cause is gone."""
        point, now = self._point(id), self._now()
        if point.latching:
            self.interlocks.standings.reset(id, now)
            if point.standing.present:  # gone without a sample that told so
                self._turn(point, Turn.CLEAR, now)
        self._turn(point, Turn.RESET, now, by=person)
        return point.view()

    def answer(self, ids: Iterable[str], person: str) -> None:
        """Acknowledges and resets latched trips, all or none; raises Tripped while the cause of one is still there."""
        latched = tuple(ids)
        self.interlocks.standings.require_gone(latched, self._now())
        for id in latched:
            if self._point(id).standing.state in UNANSWERED:
                self.acknowledge(id, person)
            self.reset(id, person)

    def answer_trips(self, person: str) -> None:
        """The same for every trip that is latched."""
        self.answer((trip.id for trip in self.interlocks.trips), person)

    def shelve(self, id: str, person: str, reason: str, duration: float) -> AlarmView:
        """Silences a warning for `duration` s, 8 h at most. Raises SafetyError for a trip, or without a reason."""
        point = self._silenceable(id, person, reason)
        if not 0.0 < duration <= LONGEST_SHELF:
            longest = format_si(LONGEST_SHELF, Dimension.TIME)
            raise SafetyError(
                f"no alarm is shelved for {format_si(duration, Dimension.TIME)}", where=id, remedy=f"at most {longest}"
            )
        now = self._now()
        self._turn(point, Turn.SHELVE, now, reason, by=person, until=now + duration)
        self._note_shelf()
        return point.view()

    def unshelve(self, id: str, person: str) -> AlarmView:
        """Takes it back before its time; what is still there is raised anew."""
        point = self._point(id)
        self._turn(point, Turn.UNSHELVE, self._now(), by=person)
        self._note_shelf()
        return point.view()

    def remove(self, id: str, person: str, reason: str) -> AlarmView:
        """Takes a warning out of service, until it is returned. Raises SafetyError for a trip, or without a reason."""
        point = self._silenceable(id, person, reason)
        self._turn(point, Turn.REMOVE, self._now(), reason, by=person)
        self._note_shelf()
        return point.view()

    def restore_service(self, id: str, person: str) -> AlarmView:
        """Returns it to service; what is there is raised anew."""
        point = self._point(id)
        self._turn(point, Turn.RETURN, self._now(), by=person)
        return point.view()

    # --- over a restart ------------------------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[KeptAlarm, ...]:
        """What must outlive this program: every alarm that is not simply quiet, but for DISK."""
        quiet = (AlarmState.NORMAL, AlarmState.SUPPRESSED)
        loud = (point for point in self._points.values() if point.standing.state not in quiet)
        return tuple(point.kept() for point in loud if point.id != DISK)

    def adopt(self, kept: KeptAlarm) -> None:
        """Stands as it did before a restart; one that nobody knows any more waits for its answer.

        The cause of an interlock counts as there until it is seen to be gone.
        """
        point = self._points.setdefault(kept.id, Point(kept.id))
        present = kept.present if point.rule is None or kept.state not in STANDING else True
        known = point.rule is not None or kept.output
        state = BEFORE_RESTART.get(kept.state, kept.state) if known and present else kept.state
        if not known:
            state, present = AlarmState.UNACK_CLEARED, False
        point.standing = AlarmStanding(state, present)
        point.alarm, point.after, point.by, point.reason = kept.alarm, kept.after, kept.by, kept.reason
        point.until = inf if kept.until is None else min(kept.until, self._now() + LONGEST_SHELF)
        if point.rule is not None and present:
            self.interlocks.standings.restore(kept.id, self._now(), acknowledged=state is AlarmState.ACK_ACTIVE)
        if state in STANDING:
            self._upset.insert(len(self._upset) if kept.after else 0, kept.id)
        self._note_shelf()

    # --- one change ----------------------------------------------------------------------------------------------

    def _turn(
        self, point: Point, turn: Turn, time: float, why: str = "", *, by: str = "", until: float = inf,
        tell: Callable[[Event], None] | None = None,
    ) -> None:  # fmt: skip
        before = point.standing
        try:
            point.standing = before.after(turn, latching=point.latching, silenceable=point.silenceable)
        except TransitionRefused as error:
            raise TransitionRefused(error.what, where=point.id, remedy=error.remedy) from None
        if by or turn is Turn.SUPPRESS:  # what design silences was silenced by no person
            point.by, point.reason = by, why
        if turn is Turn.SHELVE or point.standing.state is not AlarmState.SHELVED:
            point.until = until
        if point.standing.state is before.state:
            return
        if point.standing.state in UNANSWERED and before.state not in UNANSWERED:
            self._join_upset(point)
        (tell or self._log)(change_of(point, before.state, turn, time, why, by))
        self._changed(point)

    def _changed(self, point: Point) -> None:
        if point.id != DISK:
            self.changed()

    def _join_upset(self, point: Point) -> None:
        """An upset lasts as long as one of its alarms counts; the first of them is told with the others.

        A warning whose cause is over and that only waits to be read brings nothing about any more, unlike a trip.
        """
        if not any(self._counts(id) for id in self._upset):
            self._upset = []
        if point.id not in self._upset:
            self._upset.append(point.id)
        point.after = "" if self._upset[0] == point.id else self._upset[0]

    def _counts(self, id: str) -> bool:
        point = self._points[id]
        return point.standing.state in STANDING and (point.latching or point.standing.present)

    def _note_shelf(self) -> None:
        shelved = (p.until for p in self._points.values() if p.standing.state is AlarmState.SHELVED)
        self._unshelve_at = min(shelved, default=inf)

    def _point(self, id: str) -> Point:
        if id not in self._points:
            raise SafetyError(f"no alarm is called {id!r}", remedy=f"alarms: {', '.join(self._points)}")
        return self._points[id]

    def _silenceable(self, id: str, person: str, reason: str) -> Point:
        point = self._point(id)
        if not point.silenceable:
            what = f"{id} acts by itself: it cannot be silenced" if point.latching else f"{id} cannot be silenced"
            raise SafetyError(what, where=id, remedy="put its cause right")
        if not person.strip() or not reason.strip():
            raise SafetyError("an alarm is silenced by a person, for a reason", where=id, remedy="say who and why")
        return point


class OutputAlarms:
    """Which outputs are not known to be at their safe values: each is told once, until it has been there again."""

    def __init__(self, log: Callable[[Event], None], alarms: Alarms) -> None:
        self._log = log
        self._alarms = alarms
        self._standing: set[str] = set()

    def failed(self, tag: str, time: float, error: str) -> None:
        """At the instant `time` (s) the output could not be brought there; the alarm, unless it stands already."""
        if tag in self._standing:
            return
        self._standing.add(tag)
        self._alarms.raised(alarm_of_output(tag, time, error), Kind.ALARM)

    def reached(self, tag: str, time: float) -> None:
        """At the instant `time` (s) it was there; an alarm that stands is over."""
        if tag in self._standing:
            self._standing.remove(tag)
            self._log(Event(time, Kind.COMMAND, f"{tag} is at its safe value after all", {"tag": tag}))
        self._alarms.cleared(tag, time)
