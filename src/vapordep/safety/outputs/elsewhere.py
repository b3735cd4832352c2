"""What somebody else sets: a front panel, a second program, an instrument itself. It is told, and a run is held."""

from collections.abc import Callable, Sequence

from vapordep.errors import Tripped
from vapordep.model.alarms import UNANSWERED, Alarm, Priority
from vapordep.model.batches import GOOD, Batch
from vapordep.model.events import Kind
from vapordep.safety.alarms.alarms import Alarms
from vapordep.safety.conditions import shown
from vapordep.safety.outputs.commanded import SetElsewhere
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.targets import Rank

PREFIX = "elsewhere."
"""The ids of these alarms begin so: `elsewhere.carrier.flow_setpoint`."""
CAUSE = (
    "somebody at its front panel, a second program on its line, or the instrument itself: its watchdog, its"
    " protection, a power failure"
)
CONSEQUENCES = {
    Rank.FILAMENT: "the filament does not do what it was told",
    Rank.SOURCE_VALVE: "vapour may flow, or be missing, without any dose on record",
    Rank.HEATER: "it heats to what nobody has checked",
    Rank.OTHER: "what flows, pumps or holds the pressure is not what was commanded",
}
REMEDY = "Find out who did it, and keep them out. Put it back at the instrument, or abort."

Hold = Callable[[str], bool]
"""Holds a run for a reason; whether there was one that could be held."""


class Elsewhere:
    """Compares what outputs read with what they were commanded to; nothing is ever set back by it."""

    def __init__(self, gate: Gate, alarms: Alarms) -> None:
        self._gate = gate
        self._alarms = alarms
        self.on_found: list[Hold] = []
        """Who holds what is under way; asked while armed."""

    def take(self, batches: Sequence[Batch]) -> None:
        """Takes samples that were published; to be called when interlocks have them."""
        for found in self._gate.commanded.take(batches, self._gate.is_settled):
            self._tell(found)
        for tag in self._gate.commanded.over():
            self._alarms.cleared(PREFIX + tag, self._gate.clock.now(), "it reads as it was commanded")

    def first(self, batches: Sequence[Batch]) -> float:
        """The instant (s) at which these samples would raise such an alarm; infinity for none."""
        return self._gate.commanded.first(batches, self._gate.is_settled)

    def answer(self, person: str) -> None:
        """Acknowledges what is over; raises Tripped while an output still reads otherwise than it was commanded."""
        there = sorted(self._gate.commanded.elsewhere)
        if there:
            what = f"still set by somebody else: {', '.join(there)}"
            ids = tuple(PREFIX + tag for tag in there)
            raise Tripped(what, where=", ".join(there), interlocks=ids, remedy=REMEDY)
        for view in self._alarms.standing:
            if view.id.startswith(PREFIX) and view.state in UNANSWERED:
                self._alarms.acknowledge(view.id, person)

    def _tell(self, found: SetElsewhere) -> None:
        gate, tag = self._gate, found.output.tag
        reads = shown(found.sample.value, gate.wires[tag].tag)
        reads = reads if found.sample.quality is GOOD else f"{reads}, which its instrument doubts, as in manual mode"
        measured = f"commanded {shown(found.commanded, gate.wires[tag].tag)}, reads {reads}"
        held = gate.armed and self._held(f"{tag} was set by somebody else: {measured}")
        alarm = Alarm(
            PREFIX + tag, found.sample.time, Priority.HIGH if gate.armed else Priority.LOW,
            f"{tag} was set by somebody else", measured, "the run is held" if held else "nothing was changed", REMEDY,
            cause=CAUSE, consequence=CONSEQUENCES[gate.roles.rank(tag)],
        )  # fmt: skip
        self._alarms.raised(alarm, Kind.ALARM)

    def _held(self, reason: str) -> bool:
        """Action first, then record: sources that are about to open do not."""
        self._gate.revoke(reason, self._gate.roles.source_valves)
        return any([hold(reason) for hold in self.on_found])
