"""Phases of loading: a person opens the vented chamber, lays samples on the stage or takes them out, and closes it."""

from collections.abc import Awaitable, Callable

from vapordep.engine.hold import shut_in
from vapordep.engine.phases.people import asked
from vapordep.engine.rig import PRESSURE, Rig
from vapordep.errors import InputError, RunError
from vapordep.model.events import Kind
from vapordep.model.questions import Question, Wanted
from vapordep.model.steps import Load, Unload
from vapordep.safety.substances import GLOVEBOX_BLOCK, GLOVEBOX_WARN, TOUCH, VENTED_LEAST
from vapordep.units import Dimension, format_si, parse

TRIES = 3
"""So often a person may answer with something that is no reading."""
USUAL = "0.1 ppm"
"""What a good glovebox has; a dry run assumes it."""
LID = "lid.closed"


async def load(rig: Rig, step: Load) -> None:
    """Samples on the stage: from now on it counts as bare."""
    await _in_time(rig, step, _load)


async def unload(rig: Rig, step: Unload) -> None:
    """Samples out of the chamber."""
    await _in_time(rig, step, _unload)


async def _load(rig: Rig) -> None:
    await _glovebox(rig, blocks=rig.substrate.hard)
    await asked(rig, Question("Open the lid and lay the samples on the stage."))
    samples = await _samples(rig, "Which samples lie on the stage?")
    await _lid_closed(rig)
    rig.loaded()
    rig.note(Kind.PROMPT, f"loaded: {samples or 'the samples named at the start'}", loaded=samples)


async def _unload(rig: Rig) -> None:
    await _glovebox(rig, blocks=False)
    await asked(rig, Question("Open the lid and take the samples out."))
    samples = await _samples(rig, "Which samples were taken out?")
    await _lid_closed(rig)
    rig.loaded()
    rig.note(Kind.PROMPT, f"unloaded: {samples or 'the samples named at the start'}", unloaded=samples)


async def _in_time(rig: Rig, step: Load | Unload, work: Callable[[Rig], Awaitable[None]]) -> None:
    """Only in a vented, cold chamber; while the lid may be open, a hold neither pumps nor purges."""
    await _vented(rig)
    _cold(rig)
    await shut_in(rig, step.word)
    rig.open_up()
    try:
        async with rig.clock_timeout(step.within):
            await work(rig)
    except TimeoutError:
        limit = format_si(step.within, Dimension.TIME)
        raise RunError(
            f"{step.word} was not done within {limit}",
            where=step.where,
            remedy="close the lid, then restart: it begins anew",
        ) from None
    rig.opened = False  # an error leaves it so: nobody said that the lid is closed


async def _vented(rig: Rig) -> None:
    """Raises RunError unless the chamber is at atmosphere; where no gauge sees that far, a person says so."""
    pressure, evacuated = rig.value(PRESSURE), rig.value("chamber.evacuated")
    if evacuated == 1.0 or pressure < VENTED_LEAST:
        raise RunError(f"the chamber is not vented: {format_si(pressure, Dimension.PRESSURE)}", remedy="vent it first")
    if pressure != pressure and evacuated != 0.0:
        await asked(rig, Question("The gauge shows no pressure. See that the chamber is at atmosphere."))


def _cold(rig: Rig) -> None:
    zone = rig.reactor.stage.zone
    reading = rig.value(f"{zone}.temperature")
    if not reading <= TOUCH:
        shown, limit = (format_si(value, Dimension.TEMPERATURE) for value in (reading, TOUCH))
        raise RunError(f"{zone} has {shown}: too hot to touch above {limit}", remedy="let it cool, then restart")


async def _glovebox(rig: Rig, *, blocks: bool) -> None:
    """Water and oxygen by the reactor's sensors, else by what a person reads (interlock W3)."""
    if not (rig.substrate.hard or "glovebox" in rig.reactor.chamber.surroundings.get("lid", "")):
        return
    for what in ("water", "oxygen"):
        tag = f"glovebox.{what}"
        value = rig.value(tag) if tag in rig.hub.tags else await _asked_for(rig, what)
        shown = format_si(value, Dimension.FRACTION)
        if blocks and not value <= GLOVEBOX_BLOCK:
            limit = format_si(GLOVEBOX_BLOCK, Dimension.FRACTION)
            raise RunError(
                f"{what} in the glovebox: {shown}; {rig.substrate.name} is loaded below {limit}",
                remedy="wait for the purifier, or regenerate it",
            )
        worse = not value <= GLOVEBOX_WARN
        above = f", above {format_si(GLOVEBOX_WARN, Dimension.FRACTION)}" if worse else ""
        told = f"{what} in the glovebox: {shown}{above}"
        rig.note(Kind.ALARM if worse else Kind.STEP, told, **{f"{what}_share": value})


async def _asked_for(rig: Rig, what: str) -> float:
    """A share that a person reads off, with its unit."""
    text = f"How much {what} does the glovebox show? With its unit, such as {USUAL}"
    for _ in range(TRIES):
        answer = await asked(rig, Question(text, Wanted.TEXT, USUAL))
        try:
            value = parse(answer.text, Dimension.FRACTION)
            if 0.0 <= value <= 1.0 and not answer.text.strip()[-1:].isdigit():
                return value
        except InputError:
            pass
        rig.note(Kind.STEP, f"{answer.text!r} is no reading with its unit, such as {USUAL}")
    raise RunError(f"nobody told how much {what} is in the glovebox", remedy=f"restart, and answer such as {USUAL}")


async def _samples(rig: Rig, question: str) -> str:
    """Ids as a person types them; empty: those that were named at the start."""
    text = f"{question} Ids, separated by commas; nothing: those named at the start"
    for _ in range(TRIES):
        answer = await asked(rig, Question(text, Wanted.TEXT))
        names = [name.strip() for name in answer.text.split(",")] if answer.text else []
        if all(names) and len(set(names)) == len(names):
            return ", ".join(names)
        rig.note(Kind.STEP, f"{answer.text!r} names a sample twice, or one without an id")
    raise RunError("nobody told which samples they are", remedy="restart, and answer with each id once")


async def _lid_closed(rig: Rig) -> None:
    await asked(rig, Question("Close the lid."))
    if LID in rig.hub.tags and rig.value(LID) != 1.0:
        raise RunError("the lid is not closed, says its sensor", remedy="close it, then restart: the step begins anew")
