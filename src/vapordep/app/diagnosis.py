"""The judgement of a computer: from what was measured to OK, doubt or bad, each with what to do; pure functions."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import isfinite

from vapordep.lazy import dataclass
from vapordep.units import Dimension, format_si


class Grade(StrEnum):
    """How one line of the diagnosis stands."""

    OK = "OK"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: what was found, and what to do where it is not well."""

    name: str
    grade: Grade
    found: str
    remedy: str = ""
    figures: tuple[tuple[str, float], ...] = ()
    """Numbers by name, in SI."""

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        figures = {name: value if isfinite(value) else None for name, value in self.figures}
        return {"name": self.name, "grade": self.grade.value, "found": self.found, "remedy": self.remedy or None,
                "figures": figures}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 99th percentile and highest of some times, in s."""

    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least one value; the percentile is that of the nearest rank."""
        ranked = sorted(values)
        return cls(ranked[(len(ranked) - 1) // 2], ranked[-(-99 * len(ranked) // 100) - 1], ranked[-1])

    @property
    def text(self) -> str:
        """`p50 12 us, p99 90 us, at most 1.1 ms`."""
        return f"p50 {_time(self.p50)}, p99 {_time(self.p99)}, at most {_time(self.most)}"

    def figures(self, name: str) -> Iterator[tuple[str, float]]:
        """As numbers by name."""
        yield from ((f"{name}_{key}_s", value) for key, value in
                    (("p50", self.p50), ("p99", self.p99), ("max", self.most)))  # fmt: skip


WIDTH_OK, WIDTH_BAD = 0.5e-3, 2e-3
"""Errors of a pulse's width in s: 3 % and 13 % of the shortest pulse there is, 15 ms."""
REACTION_OK, REACTION_BAD = 2e-3, 0.25
"""From a sample to the bytes that answer it, in s; a loop that is later than 250 ms counts as lost control."""
FSYNC_OK, FSYNC_BAD = 0.1, 1.0
"""What a durable write may take, in s: an event a tenth of a second late is as good, a second is not."""
STEAL_OK, STEAL_BAD = 0.01, 0.10
"""Shares of the CPU time that the host takes away."""
RATIO_OK = 3.0
"""How many times later than a bare loop an edge may come before the program itself is to be doubted."""
SLEPT_OK = 0.5
"""s"""
QUIET = "close other programs, take the laptop off battery saving, and try again"


def dose_timing(ours: Spread, bare: Spread, policy: str) -> Line:
    """Errors of pulse widths, ours beside a bare loop on the same computer."""
    ratio = ours.p99 / max(bare.p99, 1e-6)
    grade = _grade(ours.p99, WIDTH_OK, WIDTH_BAD)
    found = f"error of a pulse's width {ours.text}; a bare loop {bare.text}; p99 {ratio:.1f} times that; {policy}"
    remedy = ""
    if grade is not Grade.OK:
        theirs = "this computer is no better with nothing in the way" if ratio < RATIO_OK else "the program adds to it"
        remedy = f"{theirs}: {QUIET}; allow SCHED_FIFO (LimitRTPRIO=50), or let the instrument time its pulses"
    figures = (*ours.figures("width_error"), *bare.figures("bare_width_error"), ("ratio_p99", ratio))
    return Line("dose timing", grade, found, remedy, figures)


def reaction(ours: Spread, bare: Spread) -> Line:
    """From a violating sample on a loopback socket to the answer on it, beside a bare echo."""
    ratio = ours.p99 / max(bare.p99, 1e-6)
    found = f"sample in, bytes out {ours.text}; a bare echo {bare.text}; p99 {ratio:.1f} times that"
    grade = _grade(ours.p99, REACTION_OK, REACTION_BAD)
    figures = (*ours.figures("reaction"), *bare.figures("bare_reaction"), ("ratio_p99", ratio))
    return Line("interlock reaction", grade, found, "" if grade is Grade.OK else QUIET, figures)


def policy(scheduling: str) -> Line:
    """How the system schedules edges."""
    real_time = scheduling.startswith("SCHED_FIFO")
    remedy = "" if real_time else "allow it: LimitRTPRIO=50 in the service, or `rtprio 50` in limits.conf (Linux only)"
    return Line("scheduling", Grade.OK if real_time else Grade.DOUBT, scheduling, remedy)


def steal(share: float | None) -> Line:
    """Which share of the CPU time the host of a virtual machine took away meanwhile; None where it does not tell."""
    if share is None:
        return Line(
            "stolen time", Grade.DOUBT, "this system does not tell", "do not run a reactor from a virtual machine"
        )
    grade = _grade(share, STEAL_OK, STEAL_BAD)
    remedy = "" if grade is Grade.OK else "run it on a computer of its own, not on a shared virtual machine"
    return Line("stolen time", grade, f"{share:.1%} of the CPU time", remedy, (("steal", share),))


def sqlite(version: str, fault: str | None) -> Line:
    """The SQLite library; `fault` is what is known to be wrong with it."""
    remedy = "update Python or SQLite to 3.51.3, 3.50.7 or 3.44.6, and let no other program write recordings"
    return Line("SQLite", Grade.DOUBT if fault else Grade.OK, fault or version, remedy if fault else "")


def disk(free: float, floor: float, warning: float) -> Line:
    """Free space at the history folder, all in bytes."""
    grade = Grade.BAD if free < floor else Grade.DOUBT if free < warning else Grade.OK
    found = f"{free / 2**20:.0f} MiB free at the history folder"
    return Line("disk space", grade, found, "" if grade is Grade.OK else "make room", (("free_bytes", free),))


def fsync(taken: Spread) -> Line:
    """How long a durable write takes."""
    grade = _grade(taken.p99, FSYNC_OK, FSYNC_BAD)
    remedy = "" if grade is Grade.OK else "put the history on a local SSD, not on a network drive or an SD card"
    return Line("durable write", grade, taken.text, remedy, tuple(taken.figures("fsync")))


def unwritten(why: str) -> Line:
    """Nothing could be written at all."""
    return Line("durable write", Grade.BAD, f"failed: {why}", "make room, or look what else the disk suffers from")


def sleep(slept: float | None) -> Line:
    """Whether this computer goes to sleep, in s since it booted; None where it does not tell."""
    if slept is None:
        return Line("sleep", Grade.DOUBT, "this system does not tell", "turn off sleep and hibernation by hand")
    found = "never since it booted" if slept <= SLEPT_OK else f"it slept for {_time(slept)} since it booted"
    remedy = "" if slept <= SLEPT_OK else "turn off sleep: a computer that sleeps controls nothing"
    return Line("sleep", Grade.OK if slept <= SLEPT_OK else Grade.DOUBT, found, remedy, (("slept_s", slept),))


def synchronised(told: bool | None) -> Line:
    """Whether the civil clock is set by NTP; None where nobody can tell. Control never uses that clock."""
    found = {True: "set by NTP", False: "not set by NTP", None: "nobody can tell whether it is set by NTP"}[told]
    remedy = "" if told else "set date and time before you compare runs; control does not depend on it"
    return Line("civil clock", Grade.OK if told else Grade.DOUBT, found, remedy)


def python(version: Sequence[int], text: str, least: Sequence[int]) -> Line:
    """The interpreter."""
    good = tuple(version[:2]) >= tuple(least)
    least_text = ".".join(map(str, least))
    return Line(
        "Python", Grade.OK if good else Grade.BAD, text, "" if good else f"install Python {least_text} or newer"
    )


def visa(backends: Sequence[str], ports: int | None, error: str = "") -> Line:
    """What can reach instruments on VISA resources, and how many serial ports there are."""
    if error or not backends:
        found = error or "no VISA at all"
        return Line("VISA", Grade.DOUBT, found, "pip install pyvisa pyvisa-py pyserial; TCP lines work without it")
    told = "serial ports unknown" if ports is None else f"{ports} serial port{'' if ports == 1 else 's'}"
    return Line("VISA", Grade.OK, f"{', '.join(backends)}; {told}")


def worst(lines: Sequence[Line]) -> Grade:
    """The worst of all grades."""
    return max((line.grade for line in lines), key=list(Grade).index, default=Grade.OK)


def _grade(value: float, ok: float, bad: float) -> Grade:
    """OK up to `ok`, bad above `bad`; what is not known is bad."""
    return Grade.OK if value <= ok else Grade.DOUBT if value <= bad else Grade.BAD


def _time(seconds: float) -> str:
    return format_si(seconds, Dimension.TIME)
