"""Every kind of step: known to the recipe, and with a phase of its own."""

from vapordep.engine.phases import PHASES
from vapordep.model import plan, steady_steps, steps
from vapordep.model.plan import Block
from vapordep.model.steps import Dose, Step
from vapordep.recipe.steps import STEPS


def test_every_kind_of_step_is_known_and_done() -> None:
    files = (steps, steady_steps, plan)
    kinds = {
        kind for file in files for kind in vars(file).values() if isinstance(kind, type) and issubclass(kind, Step)
    }
    kinds -= {Step, Block}
    assert set(STEPS) == kinds
    assert set(PHASES) == kinds - {Dose}
    assert len({kind.word for kind in kinds}) == len(kinds)
