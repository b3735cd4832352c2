"""Otherwise: what a run does when something that a step waited for did not come true in time."""

from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.run import Verb
from vapordep.model.steps import Otherwise

VERBS = {Otherwise.HOLD: Verb.HOLD, Otherwise.STOP: Verb.STOP, Otherwise.CAP: Verb.CAP, Otherwise.ABORT: Verb.ABORT}


class UnmetError(RunError):
    """What did not come true; `verb` is what the recipe asks for then."""

    verb = Verb.HOLD


def not_met(rig: Rig, error: RunError, otherwise: Otherwise) -> None:
    """Goes on, with an event that says so, where the recipe allows it; else raises UnmetError."""
    if otherwise is Otherwise.CONTINUE:
        rig.note(Kind.STEP, f"{error.what}: going on, as the recipe says")
        return
    told = UnmetError(error.what, where=error.where, remedy=error.remedy)
    told.verb = VERBS[otherwise]
    raise told from None


def verb_after(error: Exception) -> Verb:
    """What a step that ended with `error` means for its run."""
    return error.verb if isinstance(error, UnmetError) else Verb.HOLD
