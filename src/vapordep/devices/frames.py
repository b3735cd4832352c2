"""Frames that are made beforehand, and what becomes of them on a line."""

from collections.abc import Callable
from typing import NamedTuple

from vapordep.devices.framing import Framing
from vapordep.lazy import dataclass


class Frame(NamedTuple):
    """A request made beforehand, and the judge of its reply: `accept` raises when the instrument did not obey."""

    payload: bytes
    accept: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Edges:
    """When a pulse was commanded and acknowledged, in s on the clock."""

    commanded_open: float
    commanded_close: float
    acknowledged_open: float
    acknowledged_close: float


@dataclass(slots=True)
class Sent:
    """A frame that was sent at once, and what came of it once somebody has waited for its reply."""

    frame: Frame
    framing: Framing
    data: bytes
    deadline: float
    """Until when its reply is waited for, s on the clock."""
    error: Exception | None
    """Why the instrument is not known to have obeyed."""
