"""The audit of a walk: each change of an output, trip, safe state and bypass has one row, no row tells of more."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tests.unit.safety.core_model import SOURCES
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action
from vapordep.safety.interlocks.compiled import Trip


@dataclass
class Rows:
    """What happened in one step of a walk, as the instruments and the callers saw it, and the rows about it."""

    rows: list[Event] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Valves whose edges were published: the row of a pulse."""
    changes: list[tuple[str, float, bool]] = field(default_factory=list)
    orders: list[tuple[str, float]] = field(default_factory=list)
    pulses: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)
    """Outputs of which an order failed: who gave it is told by an error, and tells of it."""
    trips: list[Trip] = field(default_factory=list)
    bypasses: list[str] = field(default_factory=list)
    """Interlocks of which a bypass began."""
    aside: set[str] = field(default_factory=set)
    """Interlocks that are bypassed, as the rows of all steps tell it."""

    def logged(self, event: Event) -> None:
        self.rows.append(event)

    def heard(self, batches: Sequence[Batch]) -> None:
        self.shown += [batch.tag for batch in batches if batch.tag in SOURCES and len(batch.times) == 2]

    def changed(self, tag: str, value: float, *, harmless: bool) -> None:
        self.changes.append((tag, value, harmless))

    def carried_out(self, tag: str, value: float) -> None:
        self.orders.append((tag, value))

    def pulsed(self, valve: str) -> None:
        self.pulses.append(valve)

    def failed(self, tag: str) -> None:
        self.unsure.add(tag)

    def tripped(self, trip: Trip) -> None:
        self.trips.append(trip)

    def bypassed(self, id: str) -> None:
        self.bypasses.append(id)

    def check(self, aside: Collection[str]) -> None:
        """Of all that happened since the last time; `aside` are the interlocks that are bypassed by now."""
        told = [e for e in self.rows if e.kind is Kind.COMMAND and "value" in e.data]
        by_order = Counter((e.data["tag"], e.data["value"]) for e in told if e.data["source"] != "interlock")
        assert by_order == Counter(self.orders), "one row of a command"
        assert Counter(self.shown) == Counter(self.pulses), "one row of a pulse"
        shut = {e.data["tag"] for e in told if e.data["source"] == "interlock"}
        safe = [e for e in self.rows if e.text.startswith("safe state: ")]
        driven = bool(safe) or any(e.text.startswith("safe state, tried on: ") for e in self.rows)
        for tag, value, harmless in self.changes:
            ordered = any(tag == to and math.isclose(value, at, rel_tol=1e-6) for to, at in by_order)
            by_rule = harmless and (driven or tag in shut)
            assert ordered or tag in self.shown or tag in self.unsure or by_rule, (
                f"no row tells that {tag} went to {value}"
            )
        self._check_trips(safe)
        self._check_bypasses(aside)
        vars(self).update(vars(Rows(aside=self.aside)))

    def _check_trips(self, safe: Sequence[Event]) -> None:
        latched = [trip for trip in self.trips if trip.rule.action is not Action.WARN]
        rows = Counter(e.data["id"] for e in self.rows if e.kind is Kind.TRIP)
        assert rows == Counter(trip.id for trip in latched), "one row of a trip"
        answered = Counter(id for e in safe for id in str(e.data["reason"]).split(", "))
        for trip in latched:
            if trip.rule.action is Action.SAFE:
                assert answered[trip.id] == rows[trip.id], f"one row of the safe state after {trip.id}"

    def _check_bypasses(self, aside: Collection[str]) -> None:
        rows = [e for e in self.rows if e.kind is Kind.BYPASS]
        began = Counter(e.data["id"] for e in rows if e.data["bypassed"])
        assert began == Counter(self.bypasses), "one row of a bypass"
        for row in rows:
            id = str(row.data["id"])
            assert row.data["bypassed"] or id in self.aside, f"one row of the end of {id}"
            self.aside = self.aside | {id} if row.data["bypassed"] else self.aside - {id}
        assert self.aside == set(aside), "a row of every end"
