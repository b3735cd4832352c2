"""What instruments and their wires do wrong: faults with a beginning and an end, around any simulated instrument.

A fault changes what is heard and what is said, never the plant: ground truth stays what it is. The figures of the fault
catalogue (no reply, late, garbled, cut short, another's reply, frozen, restarted) are each one class here.
"""

import math
from collections.abc import Iterable
from typing import Any

from vapordep.lazy import dataclass
from vapordep.simulation import noise
from vapordep.simulation.instrument import Replies, SimInstrument

Notes = dict[str, Any]
"""What one fault remembers while it is fitted to one instrument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Acts from the instant `start` until before `end`, s on the clock; this one does nothing."""

    start: float = -math.inf
    end: float = math.inf

    def hear(self, data: bytes) -> bytes:
        """What of `data` reaches the instrument."""
        return data

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """What of the instrument's replies to `heard` reaches the wire; the delays count from `now`."""
        return replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute(Fault):
    """Nothing comes back: no power, no cable, or every `every`-th reply lost. `deaf`: nothing reaches it either."""

    deaf: bool = True
    every: int = 1

    def hear(self, data: bytes) -> bytes:
        """Nothing, when it is deaf."""
        return b"" if self.deaf and self.every == 1 else data

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """Loses every `every`-th reply."""
        if not replies:
            return replies
        notes["count"] = notes.get("count", 0) + 1
        return [] if notes["count"] % self.every == 0 else replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Late(Fault):
    """Replies come `by` s later than they should."""

    by: float

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """The same, later."""
        return [(delay + self.by, said) for delay, said in replies]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flipped(Fault):
    """These bits of each reply arrive the other way round; bit 0 is the lowest of the first byte."""

    bits: tuple[int, ...]

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """Flips the bits that a reply has."""
        return [(delay, _flipped(said, self.bits)) for delay, said in replies]


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbled(Fault):
    """Noise on the wire: `flips` bits of each reply turned, `inserted` strange bytes, at places drawn by `seed`."""

    flips: int = 1
    inserted: int = 0
    seed: int = 0

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """Other places for every reply, the same ones in every run."""
        return [(delay, self._garble(said, notes)) for delay, said in replies if said]

    def _garble(self, said: bytes, notes: Notes) -> bytes:
        bits = tuple(self._draw(8 * len(said), notes) for _ in range(self.flips))
        noisy = bytearray(_flipped(said, bits))
        for _ in range(self.inserted):
            noisy.insert(self._draw(len(noisy) + 1, notes), self._draw(256, notes))
        return bytes(noisy)

    def _draw(self, below: int, notes: Notes) -> int:
        notes["drawn"] = notes.get("drawn", 0) + 1
        return int(noise.uniform_at(self.seed, "garbled", notes["drawn"]) * below)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFrames(Fault):
    """A bad cable: of all replies the share `rate` is lost, has one bit turned or is cut short, as drawn by `seed`."""

    rate: float
    seed: int = 0

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """The same replies are spoilt in every run."""
        if not replies:
            return replies
        number = notes["count"] = notes.get("count", 0) + 1
        if noise.uniform_at(self.seed, "spoilt", number) >= self.rate:
            return replies
        notes["spoilt"] = notes.get("spoilt", 0) + 1
        way = int(3 * noise.uniform_at(self.seed, "way", number))
        place = noise.uniform_at(self.seed, "place", number)
        return [] if way == 0 else _cut(replies, place) if way == 1 else _one_turned(replies, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated(Fault):
    """Only the first `to` bytes of what it says to one message arrive."""

    to: int

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """Cuts the pieces where `to` bytes are reached."""
        return _cut_to(replies, self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen(Fault):
    """Answers what it answered first: connected, but dead behind the port, or with a sensor that is stuck.

    Only messages that contain `matching` are meant. The first `header` bytes of a message (a transaction number) do
    not count for what is the same, and are echoed.
    """

    matching: bytes = b""
    header: int = 0

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """The first reply to the same message, for ever."""
        if not heard or self.matching not in heard:
            return replies
        known: Replies = notes.setdefault(heard[self.header :].hex(), replies)
        return [(delay, heard[: self.header] + said[self.header :]) for delay, said in known]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTalk(Fault):
    """Bytes of another unit on the bus stand before the reply, or `instead` of it."""

    other: bytes
    instead: bool = False

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """Puts them at the instant of the first piece."""
        if not replies:
            return replies
        return [(replies[0][0], self.other)] + ([] if self.instead else replies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged(Fault):
    """Another instrument has been plugged into the port; it hears and says everything."""

    other: SimInstrument

    def hear(self, data: bytes) -> bytes:
        """Nothing reaches the one that is unplugged."""
        return b""

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """What the other one says."""
        return self.other.feed(heard, now) if heard else []


@dataclass(frozen=True, slots=True)
class FrontPanel:
    """At the instant `at` somebody sets something else, or another master does: told as bytes, answered to nobody.

    So are made: another unit (`@253U!MBAR;FF`), a setpoint changed on the spot, manual mode, streaming left on.
    """

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Restart:
    """At the instant `at` its power fails; after `takes` s it is back, with the settings it was delivered with."""

    at: float
    takes: float = 2.0


class Faulty(SimInstrument):
    """An instrument with faults: those with a duration, and those that happen at an instant."""

    manual = "that of the instrument inside; what it does wrong is in no manual"

    def __init__(self, inner: SimInstrument, faults: Iterable[Fault | FrontPanel | Restart] = ()) -> None:
        super().__init__(inner.name, inner.world, inner.wiring, inner.options, inner.seed)
        self.inner = inner
        self._lasting: list[tuple[Fault, Notes]] = []
        self._coming: list[FrontPanel | Restart] = []
        self._back_at = -math.inf
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | FrontPanel | Restart) -> None:
        """Adds a fault, also while it runs."""
        if isinstance(fault, Fault):
            self._lasting.append((fault, {}))
        else:
            self._coming.append(fault)
            self._coming.sort(key=lambda coming: coming.at)
        self._plan()

    def mend(self) -> None:
        """Takes all faults away."""
        self._lasting.clear()
        self._coming.clear()
        self._plan()

    def power_up(self, now: float) -> None:
        """As the instrument inside."""
        self.inner.power_up(now)

    def feed(self, data: bytes, now: float) -> Replies:
        """What reaches the wire of the replies to what of `data` reaches the instrument."""
        self._happen(now)
        heard = data
        for fault, _ in self._active(now):
            heard = fault.hear(heard)
        replies = self.inner.feed(heard, now) if heard and now >= self._back_at else []
        return self._said(replies, data, now)

    def speak(self, now: float) -> Replies:
        """What it says unasked, when it is its turn."""
        self._happen(now)
        replies = self.inner.speak(now) if self.inner.next_speech <= now else []
        return self._said(replies, b"", now)

    def _said(self, replies: Replies, data: bytes, now: float) -> Replies:
        for fault, notes in self._active(now):
            replies = fault.say(replies, data, now, notes)
        self._plan()
        self.actuations = self.inner.actuations
        return replies

    def _active(self, now: float) -> list[tuple[Fault, Notes]]:
        return [(fault, notes) for fault, notes in self._lasting if fault.start <= now < fault.end]

    def _happen(self, now: float) -> None:
        while self._coming and self._coming[0].at <= now:
            event = self._coming.pop(0)
            if isinstance(event, FrontPanel):
                self.inner.feed(event.data, now)
            else:
                old = self.inner
                self.inner = type(old)(old.name, old.world, old.wiring, old.options, old.seed)
                self.inner.power_up(now)
                self._back_at = event.at + event.takes

    def _plan(self) -> None:
        coming = self._coming[0].at if self._coming else math.inf
        self.next_speech = min(self.inner.next_speech, coming)


def _flipped(said: bytes, bits: tuple[int, ...]) -> bytes:
    noisy = bytearray(said)
    for bit in bits:
        if bit < 8 * len(noisy):
            noisy[bit // 8] ^= 1 << bit % 8
    return bytes(noisy)


def _cut_to(replies: Replies, left: int) -> Replies:
    """Only the first `left` bytes of all pieces."""
    pieces = []
    for delay, said in replies:
        pieces.append((delay, said[:left]))
        left = max(left - len(said), 0)
    return [(delay, said) for delay, said in pieces if said]


def _cut(replies: Replies, place: float) -> Replies:
    """Cut short at a place from 0 to 1 of all their bytes."""
    return _cut_to(replies, int(place * sum(len(said) for _, said in replies)))


def _one_turned(replies: Replies, place: float) -> Replies:
    """One bit of all their bytes turned, at a place from 0 to 1."""
    bit = int(place * 8 * sum(len(said) for _, said in replies))
    found = []
    for delay, said in replies:
        found.append((delay, _flipped(said, (bit,)) if bit >= 0 else said))
        bit -= 8 * len(said)
    return found
