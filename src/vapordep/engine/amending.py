"""Amending: what is still to be done of a plan under way is changed, and judged anew before it counts."""

from vapordep.engine.rig import Rig
from vapordep.errors import RecipeError
from vapordep.model.amendments import Amendment
from vapordep.model.place import Cursor
from vapordep.model.plan import Plan
from vapordep.recipe.check import judge
from vapordep.recipe.findings import Finding
from vapordep.recipe.resume.amend import Amended, amend


def amended(
    plan: Plan, amendment: Amendment, position: Cursor, rig: Rig, *, under_way: bool
) -> tuple[Amended, tuple[Finding, ...]]:
    """The plan with counts or purges changed behind `position`, and what is doubtful about it.

    Raises RecipeError for what the plan does not have or the check refuses.
    """
    changed = amend(plan, amendment, position, under_way=under_way)
    findings = _new_findings(plan, changed.plan, rig)
    refusals = [finding.error() for finding in findings if finding.refuses]
    if refusals:
        raise RecipeError.gather(refusals)
    return changed, findings


def _new_findings(before: Plan, after: Plan, rig: Rig) -> tuple[Finding, ...]:
    """What the check finds in a plan, and did not find in the one that is running."""
    known = set(judge(before, rig.reactor, rig.substrate, lambda _: before.recipe))
    found = judge(after, rig.reactor, rig.substrate, lambda _: after.recipe)
    return tuple(finding for finding in found if finding not in known)
