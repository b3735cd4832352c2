"""Reviewing: runs of the history with their samples, cycles, notes and files."""
