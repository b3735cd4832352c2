"""The safety core as GLOSSARY and the plan of the house tell it, for a machine to compare with: none of it is here.

Instants and durations in s, values in SI. Where the plan leaves room, the model says None: either will do.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SOURCES = ("TMA.valve", "H2O.valve", "EG.valve")
PATIENCE: Mapping[str, float] = {
    **dict.fromkeys((*SOURCES, "pump.valve", "vent.valve"), 2.0),
    "carrier.flow": 1.0, "carrier.flow_setpoint": 1.0,
    "stage.temperature": 2.0, "stage.setpoint": 2.0, "chamber.pressure": 0.5,
}  # fmt: skip
SCCM = 1e-6 * 101325.0 / (8.31446261815324 * 273.15) / 60.0
ICE = 273.15
FOIL = 6.0
"""How much warmer than the stage's reading the foil may be, in K."""
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys((*SOURCES, "pump.valve", "vent.valve"), (0.0, 1.0)),
    "carrier.flow_setpoint": (0.0, 100.0 * SCCM), "stage.setpoint": (ICE, ICE + 300.0),
}  # fmt: skip
GUARDED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SOURCES, ("G1", "F1")), "stage.setpoint": ("G1",),
}  # fmt: skip
CLEARS_WITHIN = 25.0
"""After this long the residue of a source is gone from the small chamber; for the first 18 s it surely is not."""
NOT_YET = 18.0
EITHER_WITHIN = 1.0
"""Two valves seen open so shortly one after the other may count as open together."""
SAFE_TAKES = 4.0
"""So long the safe state is driven at most; what a safe value depends on may fall silent meanwhile."""
SOON = 0.2
"""Arming takes less: what falls silent meanwhile may be seen or not."""

Good = Callable[[Mapping[str, float]], bool]


@dataclass
class Watched:
    """One interlock that acts by itself, and since when its cause is there."""

    id: str
    tags: tuple[str, ...]
    good: Good
    samples: int = 0
    after: float = math.inf
    holds: bool = False
    hard: bool = False
    count: int = 0
    counted: float = -math.inf
    """When it was last counted: samples of one instant are one."""
    since: float | None = None

    def calm(self) -> None:
        self.count, self.counted, self.since = 0, -math.inf, None


@dataclass
class Model:
    """What is measured, what is latched, what is armed."""

    trip_at: float
    """Where the foil trips, K."""
    attacked: bool = True
    """Whether co-reactants attack the substrate as long as it is bare."""
    samples: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    armed: bool = False
    live: bool = False
    latched: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    aside: dict[str, float] = field(default_factory=dict)
    opened: dict[str, float] = field(default_factory=dict)
    seen: dict[str, tuple[float, float]] = field(default_factory=dict)
    """When a source valve was last seen to stand somewhere, and where."""
    apart: tuple[float, bool] = (-math.inf, False)
    """When the source valves were last looked at, and whether they then were apart: one lost reply does not matter."""
    may_have_met: bool = False
    """Whether at that look they may have been open together just before, as after a silence: the next look tells."""
    coated: bool = False
    """TMA was open: whether the foil is covered is left open from now on."""
    decided: list[dict[str, float | None]] = field(default_factory=list)
    """Where outputs were to go as each safe state that somebody drives was begun."""
    now: float = 0.0

    def __post_init__(self) -> None:
        def temperature(value: Mapping[str, float]) -> float:
            return value["stage.temperature"]

        self.watched = {
            w.id: w
            for w in (
                Watched("P1", ("chamber.pressure",), lambda v: v["chamber.pressure"] < 1300.0, after=0.5, holds=True),
                Watched("F2", ("carrier.flow",), lambda v: v["carrier.flow"] > SCCM, after=2.0),
                Watched("T2", ("stage.temperature",), lambda v: 253.15 < temperature(v) < 723.15, samples=2),
                Watched("T1", ("stage.temperature",), lambda v: temperature(v) + FOIL < self.trip_at, samples=2,
                        hard=True),
                Watched("C1", SOURCES, lambda v: v["TMA.valve"] == 0.0 or v["H2O.valve"] == v["EG.valve"] == 0.0,
                        samples=1, hard=True),
            )
        }  # fmt: skip

    # --- what is measured ----------------------------------------------------------------------------------------

    def value(self, tag: str, at: float) -> float | None:
        """What may be believed of a tag: neither missing, nor stale, nor BAD, nor NaN."""
        time, value, usable = self.samples.get(tag, (-math.inf, math.nan, False))
        return value if usable and at < time + PATIENCE[tag] and math.isfinite(value) else None

    def is_good(self, watched: Watched, at: float) -> bool:
        if self.is_aside(watched.id, at):
            return True
        if watched.id == "C1":
            return self.apart[1] and at < self.apart[0] + PATIENCE[SOURCES[0]]
        values = {tag: self.value(tag, at) for tag in watched.tags}
        known = {tag: value for tag, value in values.items() if value is not None}
        return len(known) == len(values) and watched.good(known)

    def is_aside(self, id: str, at: float) -> bool:
        return at < self.aside.get(id, -math.inf)

    def measured(self, at: float, values: Mapping[str, tuple[float, bool]]) -> None:
        """Samples of one instant, and whether they are usable; what runs out at that instant is judged after them."""
        self.pass_time(at, before=True)
        for tag, (value, usable) in values.items():
            self.samples[tag] = (at, value, usable)
            if tag in SOURCES and math.isfinite(value):
                before, stood = self.seen.get(tag, (at, value))
                meanwhile = stood or at >= before + PATIENCE[tag]  # it was open up to now, or may have been, unseen
                self.opened[tag] = at if value or meanwhile else self.opened.get(tag, -math.inf)
                self.seen[tag] = (at, value)
        if any(tag in values for tag in SOURCES):
            self._look_at_valves(at)
        if self.may_have_met:
            self.may.add("C1")
        for watched in self.watched.values():
            if any(tag in values for tag in watched.tags):
                self._look(watched, at, sample=True)

    def _look_at_valves(self, at: float) -> None:
        known = {tag: value for tag, (time, value) in self.seen.items() if at < time + PATIENCE[tag]}
        self.apart = (at, len(known) == len(SOURCES) and self.watched["C1"].good(known))
        self.may_have_met = self._nearly_met(at)

    def _nearly_met(self, at: float) -> bool:
        others = [self.opened.get(tag, -math.inf) for tag in SOURCES[1:]]
        return min(self.opened.get(SOURCES[0], -math.inf), max(others)) > at - EITHER_WITHIN

    def pass_time(self, until: float, *, before: bool = False) -> None:
        """All that falls silent or lasts too long up to an instant, or only `before` it."""
        while (at := min(self._deadlines(), default=math.inf)) < until or (at == until and not before):
            back = [id for id, end in self.aside.items() if end <= at]
            for id in back:
                self.put_back(id, at)
            for watched in self.watched.values():
                if watched.id not in back:
                    self._look(watched, at, sample=False)
            self.now = at
        if not before:
            self.now = max(self.now, until)

    def _deadlines(self) -> list[float]:
        found = [time + PATIENCE[tag] for tag, (time, _, _) in self.samples.items()]
        found += [w.since + w.after for w in self.watched.values() if w.since is not None]
        return [at for at in (*found, *self.aside.values()) if at > self.now and at < math.inf]

    def _look(self, watched: Watched, at: float, *, sample: bool, anew: bool = False) -> None:
        if self.is_good(watched, at):
            if self.live or watched.id in self.latched:
                watched.calm()
            return
        if not (self.live or watched.id in self.latched):
            return
        fresh = watched.since is None
        if fresh:
            watched.since = at
            self.acknowledged.discard(watched.id)
        if sample and at > watched.counted:
            watched.count, watched.counted = watched.count + 1, at
        silent = (fresh and not sample) or ((anew or not sample) and self._is_silent(watched, at))
        due = (
            at >= watched.since + watched.after
            if watched.after < math.inf
            else silent or watched.count >= watched.samples
        )
        if due and self.live:
            self._act(watched)

    def _is_silent(self, watched: Watched, at: float) -> bool:
        """Whether something that it needs has not come for too long; what came last may have been BAD."""
        return any(at >= self.samples.get(tag, (-math.inf,))[0] + PATIENCE[tag] for tag in watched.tags)

    def _act(self, watched: Watched) -> None:
        if not self.armed:
            self.may.add(watched.id)
        elif watched.id not in self.latched:
            self.latched.add(watched.id)
            self.acknowledged.discard(watched.id)
            self.armed = self.armed and watched.holds

    # --- what is done --------------------------------------------------------------------------------------------

    def arm(self, at: float) -> None:
        self.pass_time(at)
        self.armed = self.live = True
        for watched in self.watched.values():
            watched.calm()
            self._look(watched, at, sample=True)

    def disarm(self, at: float) -> None:
        self.armed = False  # since a while: what fell silent until all was safe may have tripped
        self.pass_time(at)
        self.live = False

    def put_back(self, id: str, at: float) -> None:
        del self.aside[id]
        if id in self.watched:
            self._look(self.watched[id], at, sample=True, anew=True)

    def set_aside(self, id: str, until: float, at: float) -> None:
        self.aside[id] = until
        if id in self.watched:
            self._look(self.watched[id], at, sample=True)

    def may_arm(self, at: float) -> bool | None:
        if self.latched or not all(self.is_good(w, at) for w in self.watched.values()):
            return False
        soon = all(self.is_good(w, at + SOON) for w in self.watched.values())
        return None if self.may_have_met or not soon else True

    def may_reset(self, id: str, at: float) -> bool | None:
        """What was open until the last look, for all that is known, is a cause until it is looked at again."""
        if id not in self.latched or id not in self.acknowledged or not self.is_good(self.watched[id], at):
            return False
        return None if id == "C1" and self.may_have_met else True

    def safe(self, tag: str, at: float) -> float | None:
        """Where an output goes in the safe state; None when it is left."""
        if tag == "pump.valve":
            return None
        if tag == "vent.valve":
            return 1.0 if self.value("pump.valve", at) == 1.0 else 0.0
        return {"carrier.flow_setpoint": 20.0 * SCCM, "stage.setpoint": ICE}.get(tag, 0.0)

    def is_harmless(self, tag: str, value: float, at: float) -> bool:
        safe = self.safe(tag, at)
        return safe is not None and math.isclose(value, safe, rel_tol=1e-9)

    def may_arrive(self, tag: str, value: float, at: float) -> bool:
        """Whether the safe state may just bring it there: where each output goes is decided once, as that begins."""
        decided = [to[tag] for to in self.decided]
        if any(each is not None and math.isclose(value, each, rel_tol=1e-9) for each in decided):
            return True
        return any(self.is_harmless(tag, value, at - ago) for ago in (0.0, SAFE_TAKES))

    def begin_safe(self, at: float) -> dict[str, float | None]:
        """Somebody begins to drive the safe state: where it goes, to be taken from what is `decided` in the end."""
        self.decided.append({tag: self.safe(tag, at) for tag in RANGES})
        return self.decided[-1]

    def may_go(self, tag: str, value: float, at: float, seen: float | None = None) -> bool | None:
        """Whether a command may go, or a pulse at the instant `at`: what was `seen` by now counts, as polls go on."""
        seen = at if seen is None else seen
        if self.is_harmless(tag, value, at):
            return True
        low, high = RANGES[tag]
        if not low <= value <= high or not self.armed:
            return False
        if any(not self.watched[id].holds or tag in SOURCES for id in self.latched):
            return False
        if any(not self._guard_holds(id, seen) for id in GUARDED.get(tag, ()) if not self.is_aside(id, at)):
            return False
        return self._chemistry(tag, at, seen) if tag in SOURCES else True

    def _guard_holds(self, id: str, at: float) -> bool:
        pressure, flow = self.value("chamber.pressure", at), self.value("carrier.flow", at)
        if id == "G1":
            return pressure is not None and pressure < 1000.0
        return flow is not None and flow > 5.0 * SCCM

    def _chemistry(self, tag: str, at: float, seen: float) -> bool | None:
        """Incompatible sources, their residue, and bare lithium."""
        others = SOURCES[1:] if tag == SOURCES[0] else SOURCES[:1]
        if any(self.value(other, seen) != 0.0 for other in others):
            return False
        since = at - max(self.opened.get(other, -math.inf) for other in others)
        first = tag == SOURCES[0] or not self.attacked
        if since < NOT_YET or not (first or self.coated):
            return False
        return True if since > CLEARS_WITHIN and first else None
