"""The command line: what a person types, and what a script reads."""

from vapordep.cli.main import app, main

__all__ = ["app", "main"]
