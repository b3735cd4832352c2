"""The words of a recipe file and what they become: steps, loops, branches, calls, parameters."""
