"""Phases of people: what somebody has to do before the run goes on."""

from vapordep.engine.rig import Rig
from vapordep.model.events import Kind
from vapordep.model.plan import Prompt


async def prompt(rig: Rig, step: Prompt) -> None:
    """Asks a person; the reactor stays as it is meanwhile."""
    rig.note(Kind.PROMPT, step.text)
    rig.waiting_for = f"a person: {step.text}"
    try:
        await rig.ask(step.text)
    finally:
        rig.waiting_for = ""
    rig.note(Kind.PROMPT, "confirmed")
