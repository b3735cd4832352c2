"""The recipe room: a recipe file is read, checked against reactor, substrate and chemistry, and compiled to a plan."""

from vapordep.recipe.check import judge
from vapordep.recipe.estimate import Estimate, estimate
from vapordep.recipe.examination import Examined, Recipe, examine, read_recipe
from vapordep.recipe.findings import Finding, Severity, of_error

__all__ = [
    "Estimate",
    "Examined",
    "Finding",
    "Recipe",
    "Severity",
    "estimate",
    "examine",
    "judge",
    "of_error",
    "read_recipe",
]
