"""What of the safety core outlives the program: alarms, latches and bypasses, as one text with a check sum.

Instants are written as civil time, since the clock that never steps begins anew with each boot; within one boot that
clock decides, whatever was done to the computer's time. What cannot be read is never taken for clear.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from vapordep.errors import SafetyError, VapordepError
from vapordep.model.alarms import Alarm, AlarmState, KeptAlarm, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Bypass
from vapordep.safety.alarms.alarms import Alarms
from vapordep.safety.interlocks.bypass import Bypasses

FORM = 1
"""The version of the text's form."""


class Civil:
    """Turns instants on the clock (s) into civil time and back, as both clocks show just now."""

    def __init__(self, now: float, civil: datetime, boot: str = "") -> None:
        """`boot` names what instants count from; empty where programs one after the other do not share that."""
        self.now = now
        self.civil = civil
        self.boot = boot

    def text(self, instant: float | None) -> str | None:
        """ISO 8601 in UTC."""
        return None if instant is None else (self.civil + timedelta(seconds=instant - self.now)).isoformat()

    def instant(self, text: str | None) -> float | None:
        """The instant in s; raises ValueError for what is no time with its zone."""
        if text is None:
            return None
        then = datetime.fromisoformat(text)
        if then.tzinfo is None:
            raise ValueError(f"{text!r} has no zone")
        return self.now + (then - self.civil).total_seconds()


def remember(reactor: str, alarms: Alarms, bypasses: Bypasses, civil: Civil) -> str:
    """All that must outlive the program, as text."""
    content = {
        "reactor": reactor,
        "written": civil.text(civil.now),
        "boot": civil.boot,
        "instant": civil.now,
        "alarms": [_alarm_as_plain(kept, civil) for kept in alarms.kept],
        "bypasses": [
            {**asdict(bypass), "began": civil.text(bypass.began), "until": civil.text(bypass.until)}
            for bypass in bypasses.active
        ],
    }
    return json.dumps({"form": FORM, "sha256": _digest(content), "content": content}, indent=1) + "\n"


def recall(
    text: str, reactor: str, alarms: Alarms, bypasses: Bypasses, civil: Civil, log: Callable[[Event], None]
) -> None:
    """Takes up what was kept; a bypass that is over, or that civil time cannot vouch for, ends and is told.

    Raises SafetyError for a text that is not whole, of another form, or of another reactor; nothing is taken up then.
    """
    kept, found, back = _read(text, reactor, civil)
    for alarm in kept:
        ended = back and alarm.until is not None
        alarms.adopt(replace(alarm, until=civil.now) if ended else alarm)
    for bypass in found:
        _take_up(bypass, bypasses, civil, log, back=back)


def still_bypassed(text: str, reactor: str, civil: Civil) -> tuple[Bypass, ...]:
    """The bypasses that `recall` would go on with; raises SafetyError as it does."""
    _, found, back = _read(text, reactor, civil)
    return tuple(bypass for bypass in found if not _over(bypass, civil, back=back))


def _read(text: str, reactor: str, civil: Civil) -> tuple[list[KeptAlarm], list[Bypass], bool]:
    """Alarms, bypasses, and whether civil time was set back since they were written."""
    content = _content(text, reactor)
    try:
        then, back = _as_written(content, civil)
        kept = [_alarm_from_plain(plain, then) for plain in content["alarms"]]
        return kept, [_bypass_from_plain(plain, then) for plain in content["bypasses"]], back
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(f"{error!r}") from error


def _as_written(content: Mapping[str, Any], civil: Civil) -> tuple[Civil, bool]:
    """The clocks by which to read the instants, and whether civil time was set back meanwhile: then no end counts."""
    written = datetime.fromisoformat(content["written"])
    instant = float(content.get("instant", math.inf))
    if civil.boot and content.get("boot") == civil.boot and instant <= civil.now:
        return Civil(instant, written, civil.boot), False
    return civil, written > civil.civil


def _take_up(bypass: Bypass, bypasses: Bypasses, civil: Civil, log: Callable[[Event], None], *, back: bool) -> None:
    """Goes on with a bypass that is not over; tells why one is."""
    why = _over(bypass, civil, back=back)
    if not why:
        try:
            return bypasses.adopt(bypass)
        except VapordepError as error:
            why = error.what
    text = f"the bypass of {bypass.id} by {bypass.person} ended over the restart: {why}"
    log(Event(civil.now, Kind.BYPASS, text, {"id": bypass.id, "by": bypass.person, "bypassed": False}))


def _over(bypass: Bypass, civil: Civil, *, back: bool) -> str:
    """Why a bypass is over: its end lies behind, or its beginning does not, as it must; empty where it goes on."""
    if back or bypass.began > civil.now:
        return "the computer's clock went back meanwhile"
    return "its time is over" if bypass.until <= civil.now else ""


def _content(text: str, reactor: str) -> Mapping[str, Any]:
    try:
        whole = json.loads(text)
        form, digest, content = whole["form"], whole["sha256"], whole["content"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged("it is not whole") from error
    if form != FORM:
        raise _damaged(f"it is of form {form!r}, which this vapordep does not know")
    if digest != _digest(content):
        raise _damaged("its check sum is another")
    if content.get("reactor") != reactor:
        raise _damaged(f"it is of another reactor, {content.get('reactor')!r}")
    found: Mapping[str, Any] = content
    return found


def _damaged(why: str) -> SafetyError:
    return SafetyError(f"what was latched before the restart is not known: {why}")


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _alarm_as_plain(kept: KeptAlarm, civil: Civil) -> dict[str, Any]:
    plain = asdict(kept)
    if kept.alarm is not None:
        plain["alarm"] |= {"time": civil.text(kept.alarm.time), "priority": kept.alarm.priority.name}
    return plain | {"until": civil.text(kept.until)}


def _alarm_from_plain(plain: dict[str, Any], civil: Civil) -> KeptAlarm:
    alarm = plain["alarm"]
    if alarm is not None:
        alarm = Alarm(**alarm | {"time": civil.instant(alarm["time"]), "priority": Priority[alarm["priority"]]})
    until = civil.instant(plain["until"])
    return KeptAlarm(**plain | {"state": AlarmState(plain["state"]), "alarm": alarm, "until": until})


def _bypass_from_plain(plain: dict[str, Any], civil: Civil) -> Bypass:
    began, until = civil.instant(plain["began"]), civil.instant(plain["until"])
    if began is None or until is None:
        raise ValueError("a bypass without an end")
    return Bypass(**plain | {"began": began, "until": until})
