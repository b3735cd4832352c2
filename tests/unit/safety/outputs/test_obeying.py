"""Obeying: what an output read back as is published, once."""

from tests.unit.safety.rig import CLOSED, OPEN, Rig, on_rig
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality


def test_what_was_heard_since_the_command_is_not_told_twice() -> None:
    async def main(rig: Rig) -> None:
        rig.say(TMA__valve=OPEN)
        now = rig.clock.now()
        wire, told = rig.gate.wires["TMA.valve"], list[Batch]()
        rig.gate.obeying.publish = told.extend
        rig.gate.obeying.seen(wire, (OPEN, Quality.GOOD), now)
        assert told == [], "as it was published at this very instant"
        rig.gate.obeying.seen(wire, (CLOSED, Quality.GOOD), now)
        rig.gate.obeying.seen(wire, (OPEN, Quality.UNCERTAIN), now)
        rig.gate.obeying.seen(wire, (OPEN, Quality.GOOD), now + 0.001)
        assert [(batch.tag, batch.last.value) for batch in told] == [
            ("TMA.valve", CLOSED), ("TMA.valve", OPEN), ("TMA.valve", OPEN),
        ]  # fmt: skip

    on_rig(main)
