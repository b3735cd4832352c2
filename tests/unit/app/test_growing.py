"""The film while it grows: foretold for shipped recipes, counted by whole cycles or by the crystal, and as amended."""

from math import nan

import pytest

from vapordep.app.foretold.expected import expect
from vapordep.app.places import reactor_file, recipe_file
from vapordep.app.running.growing import Foretold, foretell, grown, planned_cycles
from vapordep.link.film import KnownBy
from vapordep.model.plan import Plan
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import read_recipe
from vapordep.recipe.resume.amend import amend, amendment_from


def made(recipe: str, reactor: str) -> tuple[Plan, Reactor, Foretold]:
    read = read_reactor(reactor_file(reactor))
    plan = read_recipe(recipe_file(recipe), read, {}).plan
    foretold = foretell(plan, read)
    assert foretold is not None
    return plan, read, foretold


@pytest.mark.parametrize(
    ("recipe", "reactor"),
    [
        ("al2o3_on_lithium", "glovebox_ald"), ("al2o3_alucone_dual_layer", "glovebox_ald"),
        ("alucone_pdmams_on_lithium", "hybrid"),
    ],
)  # fmt: skip
def test_with_every_cycle_done_it_is_as_thick_as_the_check_says(recipe: str, reactor: str) -> None:
    plan, read, foretold = made(recipe, reactor)
    whole = expect(plan, read).film.thickness
    end = grown(foretold, plan, planned_cycles(plan.steps), [foretold.steady])
    assert (end.so_far, end.target) == (pytest.approx(whole), pytest.approx(whole))


def test_whole_cycles_count_and_an_amendment_moves_the_target() -> None:
    plan, _, foretold = made("al2o3_on_lithium", "glovebox_ald")
    assert planned_cycles(plan.steps) == {"Al2O3": 36}
    assert grown(foretold, plan, {}, []).so_far == 0.0
    half = grown(foretold, plan, {"Al2O3": 18}, [])
    assert half.by is KnownBy.CYCLES
    assert half.so_far == pytest.approx(half.target / 2, rel=0.2)
    longer = amend(plan, amendment_from("main +36"), (), under_way=False).plan
    assert grown(foretold, longer, {}, []).target == pytest.approx(2 * half.target, rel=0.2)


def test_what_is_deposited_is_counted_by_the_crystal_and_without_it_when_it_is_over() -> None:
    plan, _, foretold = made("pdmams_on_lithium", "icvd")
    assert (foretold.steady, foretold.depositions) == (pytest.approx(1e-7, rel=0.1), 1)
    now = grown(foretold, plan, {}, [], 3e-8)
    assert (now.so_far, now.by) == (3e-8, KnownBy.CRYSTAL)
    blind = grown(foretold, plan, {}, [], nan)
    assert (blind.so_far, blind.by) == (0.0, KnownBy.CYCLES)
    assert grown(foretold, plan, {}, [nan]).so_far == pytest.approx(foretold.steady)
