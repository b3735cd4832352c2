"""Recipes: the library and the lab's own, their check, their timeline, their dry runs."""
