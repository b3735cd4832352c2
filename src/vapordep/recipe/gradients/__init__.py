"""A wanted composition against depth as the numbers of a recipe."""
