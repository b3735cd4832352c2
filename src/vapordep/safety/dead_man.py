"""The dead man: a relay that is held on by the interlock evaluation, and lets go by itself when that ceases."""

from collections.abc import Callable

from vapordep.clock import Clock
from vapordep.errors import InstrumentError
from vapordep.model.events import Event, Kind
from vapordep.model.protection import DeadMan
from vapordep.safety.protection import Protection

OFTEN = 3.0
"""It is triggered so many times within the time that it holds."""


async def hold_dead_man(dead_man: DeadMan, protection: Callable[[], Protection], clock: Clock) -> None:
    """Triggers the relay for ever, while armed, and only when interlocks were evaluated since the last time.

    What fails is told, once; nothing else is to be done, for the relay lets go by itself.
    """
    evaluated: int | None = None
    failed = ""
    while True:
        core = protection()
        evaluations = core.interlocks.evaluations
        if core.arming.armed and evaluations != evaluated:
            evaluated = evaluations
            before, failed = failed, await _triggered(core, dead_man)
            if failed and not before:
                core.gate.log(Event(clock.now(), Kind.INSTRUMENT, f"{dead_man.output} was not triggered: {failed}"))
        await clock.sleep(dead_man.holds / OFTEN)


async def _triggered(core: Protection, dead_man: DeadMan) -> str:
    try:
        await core.gate.hold_on(dead_man.output, dead_man.holds)
    except InstrumentError as error:
        return error.what
    return ""
