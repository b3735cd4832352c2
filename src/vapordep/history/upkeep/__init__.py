"""Keeping a history whole: back-ups, imports, pruning, and what is done about a damaged file."""
