"""Bottles over the web: entered with the right for it, on record, and what is left in them."""

from pathlib import Path

from tests.unit.api.test_notebook import Ask, ask
from vapordep.accounts.roles import Role
from vapordep.api.examples import BODIES
from vapordep.history import bottles

__all__ = ["ask"]
TMA = "/api/bottles/TMA"
TRIMETHYLALUMINIUM = 72.09e-3
"""kg/mol."""


def test_an_operator_enters_a_bottle_and_all_see_what_is_left(ask: Ask, tmp_path: Path) -> None:
    assert ask("/api/bottles").json["without"] == ["TMA", "H2O", "EG"]
    assert ask(f"{TMA}/install", Role.TRAINEE, BODIES["Installed"]).status == 403
    made = ask(f"{TMA}/install", Role.OPERATOR, BODIES["Installed"]).json
    assert (made["lot"], made["installed"], made["person"]) == ("SAL-0815", "2026-11-23", "operator.x")
    bottles.use(tmp_path, "glovebox-ald", "run-1", {"TMA": 0.1})
    [shown] = ask("/api/bottles").json["bottles"]
    assert abs(shown["left_mol"] - (25e-3 / TRIMETHYLALUMINIUM - 0.1)) < 1e-4
    assert abs(shown["left_kg"] - (25e-3 - 0.1 * TRIMETHYLALUMINIUM)) < 1e-6
    weighed = ask(f"{TMA}/weigh", Role.OPERATOR, BODIES["Weighed"]).json
    assert (weighed["left_kg"], weighed["filled_kg"], weighed["used_mol"]) == (18.4e-3, 25e-3, 0.0)
    assert ask(f"{TMA}/remove", Role.OPERATOR, {}).status == 200
    told = ask("/api/bottles").json
    assert (told["bottles"], told["without"]) == ([], ["TMA", "H2O", "EG"])
    assert len(ask("/api/bottles?every=true").json["bottles"]) == 1
    noted = [entry["what"] for entry in ask("/api/audit?most=3", Role.ADMIN).json]
    assert noted[2] == "glovebox-ald: a bottle at TMA: 25 g"


def test_what_cannot_be_is_refused_and_nothing_is_entered(ask: Ask) -> None:
    assert ask("/api/bottles/XYZ/install", Role.OPERATOR, {"mass": "25 g"}).status == 404
    assert ask(f"{TMA}/weigh", Role.OPERATOR, {"mass": "25 g"}).status == 404, "none stands there"
    for mass in ("25", "25 Pa", "-1 g", "1 t", "0 g"):
        assert ask(f"{TMA}/install", Role.OPERATOR, {"mass": mass}).status == 422, mass
    assert ask(f"{TMA}/install", Role.OPERATOR, {"mass": "25 g", "day": "2999-01-01"}).status == 422
    assert ask(f"{TMA}/install", Role.OPERATOR, {"mass": "25 g", "lot": "a\x1bb"}).status == 422
    assert ask("/api/bottles?every=true").json["bottles"] == []
    assert ask(f"{TMA}/install", Role.OPERATOR, {"mass": "25 g"}).status == 200
    assert ask(f"{TMA}/install", Role.OPERATOR, {"mass": "25 g"}).status == 422, "another stands there"
