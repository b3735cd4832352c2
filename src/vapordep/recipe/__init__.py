"""The recipe room: a recipe file is read, checked against reactor, substrate and chemistry, and compiled to a plan."""

from vapordep.recipe.check import judge
from vapordep.recipe.compiler import Recipe, read_recipe
from vapordep.recipe.estimate import Estimate, estimate
from vapordep.recipe.findings import Finding, Severity

__all__ = ["Estimate", "Finding", "Recipe", "Severity", "estimate", "judge", "read_recipe"]
