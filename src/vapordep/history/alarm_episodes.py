"""Episodes of alarms: from the events of their states, each alarm from its raising until nothing is left of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from vapordep.errors import InputError
from vapordep.history.queries import History
from vapordep.history.spans import Piece, events
from vapordep.lazy import dataclass
from vapordep.model.alarms import SILENCED, UNANSWERED, AlarmState
from vapordep.model.events import Event, Kind

KINDS = (Kind.TRIP, Kind.ALARM, Kind.ALARM_STATE)
"""The kinds of events that tell of a state of an alarm."""
MOST = 5000
"""Events that are read for one answer."""
_OVER = SILENCED | {AlarmState.NORMAL}


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person did about an alarm: when, who, and what they said."""

    time: datetime
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One alarm from its raising on; times are None where that lies outside of what was read, or did not happen."""

    id: str
    text: str
    priority: str
    piece: Piece
    raised: datetime | None
    first_out: bool
    after: str
    """The alarm that came first in the same upset."""
    again: int = 0
    """How often its cause came back before it was over."""
    acknowledged: Deed | None = None
    cleared: datetime | None = None
    """When its cause was gone."""
    over: datetime | None = None
    ended: str = ""
    """The state that it ended in: NORMAL, or what silenced it."""
    ended_by: Deed | None = None

    @property
    def lasted(self) -> float | None:
        """How long its cause was there, in s; None while it is, or where nobody knows."""
        end = self.cleared or self.over
        return None if self.raised is None or end is None else (end - self.raised).total_seconds()


def of_span(history: History, found: Sequence[Piece], since: datetime, until: datetime) -> list[Episode]:
    """The episodes of a span in those recordings, by when each began. Raises InputError for too long a span."""
    happened = (each for each in events(history, found, since, until) if each[2].kind in KINDS)
    read = list(islice(happened, MOST + 1))
    if len(read) > MOST:
        raise InputError(f"more than {MOST} events of alarms", remedy="ask for a shorter span")
    return episodes(read)


def episodes(happened: Iterable[tuple[Piece, datetime, Event]]) -> list[Episode]:
    """The episodes of events in their order, by when each began."""
    found: list[Episode] = []
    under_way: dict[str, int] = {}
    for piece, time, event in happened:
        id, state = event.data.get("id"), event.data.get("state")
        if event.kind not in KINDS or not isinstance(id, str) or state not in set(AlarmState):
            continue
        now = AlarmState(str(state))
        if id not in under_way:
            if now in _OVER and event.data.get("was") in (*_OVER, None):
                continue  # shelved or suppressed before it ever was raised
            under_way[id] = len(found)
            found.append(_begun(piece, time, event, id, now))
        place = under_way[id]
        found[place] = _on(found[place], time, event, now)
        if now in _OVER:
            del under_way[id]
    return found


def _begun(piece: Piece, time: datetime, event: Event, id: str, now: AlarmState) -> Episode:
    after = str(event.data.get("after") or "")
    raised = time if now is AlarmState.UNACK_ACTIVE else None
    return Episode(id, event.text, str(event.data.get("priority") or "").lower(), piece, raised, not after, after)


def _on(episode: Episode, time: datetime, event: Event, now: AlarmState) -> Episode:
    """The episode after one more change of its state."""
    deed = Deed(time, str(event.data["by"]), str(event.data.get("reason") or "")) if event.data.get("by") else None
    was = event.data.get("was")
    if now is AlarmState.UNACK_ACTIVE:
        returned = episode.raised is not None and episode.raised != time
        return replace(episode, again=episode.again + returned, cleared=None, acknowledged=None)
    if now is AlarmState.ACK_ACTIVE or (was in UNANSWERED and deed is not None and now not in SILENCED):
        episode = replace(episode, acknowledged=deed)
    if was in (AlarmState.UNACK_ACTIVE, AlarmState.ACK_ACTIVE) and now is not AlarmState.ACK_ACTIVE:
        episode = replace(episode, cleared=time)
    if now in _OVER:
        return replace(episode, over=time, ended=now.value, ended_by=deed)
    return episode
