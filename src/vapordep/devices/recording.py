"""Recordings of lines: every exchange while somebody wants to know, under the name of what it was for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import TYPE_CHECKING

from vapordep.devices.framing import Framing
from vapordep.lazy import dataclass

if TYPE_CHECKING:
    from vapordep.devices.line import Line


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question that was answered: payloads, the bytes sent, its deadline and how long it took, in s."""

    line: "Line"
    framing: Framing
    payload: bytes
    sent: bytes
    reply: bytes
    within: float
    took: float


@dataclass(slots=True)
class LineRecording:
    """What was recorded, by name, in the order in which it was done."""

    takes: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)


_recording: ContextVar[LineRecording | None] = ContextVar("recording", default=None)
_take: ContextVar[list[Exchange] | None] = ContextVar("take", default=None)


@contextmanager
def recording() -> Iterator[LineRecording]:
    """Within it, and in tasks that are begun within it, takes are kept; what others do meanwhile is not."""
    made = LineRecording()
    before = _recording.set(made)
    try:
        yield made
    finally:
        _recording.reset(before)


@contextmanager
def take(name: str) -> Iterator[None]:
    """Names what is asked within; kept only when it ends without an error, and the last of that name counts."""
    kept = _recording.get()
    if kept is None:
        yield
        return
    exchanges: list[Exchange] = []
    before = _take.set(exchanges)
    try:
        yield
    finally:
        _take.reset(before)
    kept.takes[name] = tuple(exchanges)


def note(
    line: "Line", framing: Framing, payload: bytes, sent: bytes, reply: bytes, within: float, took: float
) -> None:  # fmt: skip
    """Adds an exchange to the take under way, if there is any."""
    exchanges = _take.get()
    if exchanges is not None:
        exchanges.append(Exchange(line, framing, payload, sent, reply, within, took))
