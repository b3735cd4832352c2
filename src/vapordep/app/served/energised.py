"""Heaters, sources and filament that stand away from their safe values though nobody is armed, as after a power cut."""

from collections.abc import Iterator

from vapordep.safety.conditions import shown
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.readback import tolerance
from vapordep.safety.outputs.targets import Rank

SETTLES = 5.0
"""s that an output may stand so before it is told: the safe state may be under way, or not yet be read back."""
REMEDY = "Arm it, or say `vapordep disarm`: both drive every output to its safe value"


class Energised:
    """What of a reactor that is disarmed is on, by what its instruments told last; nothing is written by it."""

    def __init__(self) -> None:
        self._since: float | None = None

    def told(self, gate: Gate) -> str:
        """A sentence for a person; empty while armed, while all is safe, and for a moment after it was not.

        The moment goes on while an output cannot be read: a busy computer, or a line that now and then loses a reply,
        must not put it off for ever.
        """
        now = gate.clock.now()
        found = {} if gate.armed else dict(_not_safe(gate, now))
        if not found:
            self._since = None
            return ""
        on = [told for told in found.values() if told]
        if self._since is None and on:
            self._since = now
        if not on or self._since is None or now < self._since + SETTLES:
            return ""
        return f"disarmed, but not at its safe value: {', '.join(on)}. {REMEDY}"


def _not_safe(gate: Gate, now: float) -> Iterator[tuple[str, str]]:
    """The outputs that matter and are not known to be at their safe values: what they are at, empty where unknown."""
    latest = gate.foresee(now, now)
    for output in gate.targets.outputs:
        safe, sample = gate.targets.target(output, latest, now), latest.get(output.tag)
        if safe is None or gate.roles.rank(output.tag) is Rank.OTHER:
            continue
        if sample is None or not sample.usable:
            yield output.tag, ""
        elif abs(sample.value - safe) > tolerance(output):
            yield output.tag, f"{output.tag} {shown(sample.value, gate.wires[output.tag].tag)}"
