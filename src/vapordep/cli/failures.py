"""Failures: every error of ours ends as a few clear lines, or as JSON, and an exit status - never as a traceback."""

import json
import sys
from collections.abc import Callable

from vapordep.errors import InputError, VapordepError

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells expect it."""


def told(command: Callable[[], object]) -> int:
    """Runs a command and gives the exit status; an error of ours is told on the error stream."""
    try:
        command()
    except VapordepError as error:
        tell(error)
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def tell(error: VapordepError) -> None:
    """Writes an error; as one JSON object on the output when the command was asked for JSON."""
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(as_json(error)) + "\n")
    else:
        sys.stderr.write(f"error: {error}\n")


def as_json(error: VapordepError) -> dict[str, object]:
    """An error, and each of its findings, as plain data."""
    findings = error.findings if isinstance(error, InputError) else (error,)
    told = [{"message": one.what, "where": one.where, "remedy": one.remedy} for one in findings]
    return {"error": {"type": type(error).__name__, "findings": told}}
