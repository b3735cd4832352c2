"""Phases of people: what somebody has to do before the run goes on."""

from vapordep.engine.rig import Rig
from vapordep.model.events import WALLS_BARE, Kind
from vapordep.model.questions import Answer, Question, Wanted
from vapordep.model.steps import ChangeOver, Prompt


async def prompt(rig: Rig, step: Prompt) -> None:
    """Asks a person to do something; the reactor stays as it is meanwhile."""
    await asked(rig, Question(step.text))


async def change_over(rig: Rig, step: ChangeOver) -> None:
    """From now on the walls count as bare: nothing that was dosed before forbids a source (C5)."""
    await asked(rig, Question(step.text))
    rig.walls_bare()
    rig.note(Kind.PROMPT, "the walls count as bare", **{WALLS_BARE: True})


async def asked(rig: Rig, question: Question) -> Answer:
    """Asks, and puts question and answer on record; an answer that nobody gave is recorded as assumed."""
    rig.note(Kind.PROMPT, question.text)
    rig.waiting_for = f"a person: {question.text}"
    try:
        answer = await rig.ask(question)
    finally:
        rig.waiting_for = ""
    told = answer.text or ("confirmed" if question.wanted is Wanted.CONFIRMATION else "nothing")
    rig.note(Kind.PROMPT, f"{told} (assumed)" if answer.assumed else told, answer=answer.text, assumed=answer.assumed)
    return answer
