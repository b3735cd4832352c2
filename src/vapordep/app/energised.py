"""Heaters, sources and filament that stand away from their safe values though nobody is armed, as after a power cut."""

from collections.abc import Iterator

from vapordep.safety.conditions import shown
from vapordep.safety.gate import Gate
from vapordep.safety.readback import tolerance
from vapordep.safety.targets import Rank

SETTLES = 5.0
"""s that an output may stand so before it is told: the safe state may be under way, or not yet be read back."""
REMEDY = "Arm it, or say `vapordep disarm`: both drive every output to its safe value"


class Energised:
    """What of a reactor that is disarmed is on, by what its instruments told last; nothing is written by it."""

    def __init__(self) -> None:
        self._since: float | None = None

    def told(self, gate: Gate) -> str:
        """A sentence for a person; empty while armed, while all is safe, and for a moment after it was not."""
        now = gate.clock.now()
        found = [] if gate.armed else list(_found(gate, now))
        if not found:
            self._since = None
            return ""
        self._since = now if self._since is None else self._since
        if now < self._since + SETTLES:
            return ""
        return f"disarmed, but not at its safe value: {', '.join(found)}. {REMEDY}"


def _found(gate: Gate, now: float) -> Iterator[str]:
    latest = gate.foresee(now, now)
    for output in gate.targets.outputs:
        safe, sample = gate.targets.target(output, latest, now), latest.get(output.tag)
        if safe is None or sample is None or gate.roles.rank(output.tag) is Rank.OTHER:
            continue
        if sample.usable and abs(sample.value - safe) > tolerance(output):
            tag = gate.wires[output.tag].tag
            yield f"{output.tag} {shown(sample.value, tag)}"
