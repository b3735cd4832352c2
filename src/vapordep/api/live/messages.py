"""Messages of the live stream as they are written: server-sent events, their data JSON."""

import json
from collections.abc import Iterable
from itertools import repeat
from math import isfinite
from urllib.parse import urlencode

from vapordep.api.live.past import Numbered
from vapordep.link.news import EngineShown, Snapshot, TagShown, Value
from vapordep.model.events import Event
from vapordep.model.tags import Quality
from vapordep.wire import engine_as_plain

QUALITIES = {quality: quality.name.lower() for quality in Quality}


def encoded_snapshot(snapshot: Snapshot, id: str) -> bytes:
    """All that is known, as the first message; whoever has it has had all news up to `id`.

    Its events are numbered where the engine numbers them: the next news may tell the latest of them again.
    """
    numbers = snapshot.event_numbers or repeat(None)
    told = {
        "now_s": round(snapshot.now, 3),
        "engine": engine_as_plain(snapshot.engine, snapshot.now),
        "tags": [tag_as_plain(tag) for tag in snapshot.tags],
        "values": {value.tag: value_as_plain(value) for value in snapshot.values},
        "events": [event_as_plain(event, number) for event, number in zip(snapshot.events, numbers, strict=False)],
    }
    return encoded("snapshot", told, id)


def encoded_gap(
    last: str, why: str, missed: Iterable[Numbered], engine: EngineShown, *, complete: bool
) -> bytes:  # fmt: skip
    """What is lost to whoever had all up to the id `last`; `missed` are events of it, with their numbers."""
    of = urlencode({"reactor": engine.reactor} | ({"simulated": "true"} if engine.simulated else {}))
    told = {
        "after": last,
        "why": why,
        "samples": f"lost here; all are in /api/history/samples?{of}, events of before in /api/history/events?{of}",
        "events_complete": complete,
        "events": [event_as_plain(event, number) for number, event in missed],
    }
    return encoded("gap", told)


def encoded(kind: str, told: object, id: str = "") -> bytes:
    """One server-sent event; JSON has no line breaks of its own."""
    head = f"id: {id}\n" if id else ""
    return f"event: {kind}\n{head}data: {json.dumps(told, separators=(',', ':'), allow_nan=False)}\n\n".encode()


def value_as_plain(read: Value) -> list[object]:
    """Instant (s on the engine's clock), value in SI, quality."""
    return [read.time, read.value if isfinite(read.value) else None, QUALITIES[read.quality]]


def tag_as_plain(tag: TagShown) -> dict[str, object]:
    """What a tag is."""
    return {
        "tag": tag.name, "unit": tag.unit, "dimension": tag.dimension, "output": tag.output,
        "stale_after_s": tag.stale_after,
    }  # fmt: skip


def event_as_plain(event: Event, number: int | None = None) -> dict[str, object]:
    """What happened, and when; JSON knows no infinity."""
    data = {key: None if isinstance(v, float) and not isfinite(v) else v for key, v in event.data.items()}
    told: dict[str, object] = {"time_s": round(event.time, 3), "kind": event.kind.value, "text": event.text}
    return {**({} if number is None else {"number": number}), **told, "data": data}
