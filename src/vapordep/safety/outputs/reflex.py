"""The reflex: the first safe command of each line, made at arming and sent by what trips before anything is told.

The safe state follows at once: it takes the reply, drives all the other outputs, and reads back. A line on which an
exchange is under way is left to it, for one question at a time is all that many instruments can bear.
"""

from collections.abc import Iterator, Mapping

from vapordep.devices import Frame, Line, Sent
from vapordep.devices.signals import Setpoint
from vapordep.safety.outputs.targets import Targets
from vapordep.safety.outputs.wires import Wire


class Reflex:
    """What is ready to be sent, and what was sent and waits for its reply."""

    def __init__(self) -> None:
        self._ready: list[tuple[Wire, Frame]] = []
        self._sent: dict[str, Sent] = {}

    def prepare(self, targets: Targets, wires: Mapping[str, Wire]) -> None:
        """Makes the commands anew: of each line that of the output which the safe state drives first.

        Left out are a driver that makes no frames, and a safe value that depends on an input, which is asked too late.
        """
        first: dict[Line, Wire] = {}
        for output in targets.outputs:
            if not output.safe.leave:
                first.setdefault(wires[output.tag].device.line, wires[output.tag])
        self._ready = [made for wire in first.values() for made in _made(wire)]

    def act(self) -> None:
        """Sends all that can go just now, without any await; what cannot is left to the safe state, as are errors."""
        for wire, frame in self._ready:
            try:
                sent = wire.device.line.send_at_once(frame, wire.device.framing)
            except Exception:  # whatever a transport raises: the safe state writes it again, and tells
                sent = None
            if sent is not None:
                self._sent[wire.output.tag] = sent

    def take(self, tag: str) -> Sent | None:
        """What was sent to an output and nobody has asked about; None when there is nothing."""
        return self._sent.pop(tag, None)

    def forget(self) -> None:
        """The safe state was driven: nobody will ask any more."""
        self._sent.clear()


def _made(wire: Wire) -> Iterator[tuple[Wire, Frame]]:
    safe, signal = wire.output.safe, wire.device.signals[wire.channel.name]
    if safe.value is not None and not safe.depends_on and isinstance(signal, Setpoint) and signal.encode is not None:
        yield wire, wire.device.frame(wire.channel, wire.in_unit(safe.value))
