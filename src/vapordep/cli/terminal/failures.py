"""Failures: every error of ours ends as a few clear lines, with `--json` as an object too, and as an exit status."""

import sys
import traceback
from collections.abc import Callable

import typer

from vapordep.errors import InputError, VapordepError

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for a command line that it cannot read; it exports only this child of it."""
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells expect it."""


def told(command: Callable[[], object], *, as_json: bool = False) -> int:
    """Runs a command and gives the exit status; an error of ours is told on the error stream, never as a traceback.

    A traceback is what a fault of the program shows. With `as_json` it is told on the output too, as one JSON object.
    """
    try:
        given = command()
    except VapordepError as error:
        _tell(error, as_json)
        return error.exit_status
    except UsageError as error:
        return _tell_usage(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        given = INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except Exception as error:
        return _tell_fault(error, as_json)
    if given == INTERRUPTED:
        sys.stderr.write("interrupted\n")
    return given if isinstance(given, int) else 0


def as_json(error: VapordepError) -> dict[str, object]:
    """An error, and each of its findings, as plain data."""
    findings = error.findings if isinstance(error, InputError) else (error,)
    told = [{"message": one.what, "where": one.where, "remedy": one.remedy} for one in findings]
    return {"error": {"type": type(error).__name__, "findings": told}}


def _tell(error: VapordepError, json: bool) -> None:
    from vapordep.cli.terminal.output import tell, write_json

    tell(f"error: {error}")
    for note in getattr(error, "__notes__", ()):
        tell(note)
    if json:
        write_json(as_json(error))


def _tell_usage(error: Exception, json: bool) -> int:
    from vapordep.cli.terminal.output import write_json

    usage: typer.BadParameter = error  # type: ignore[assignment]
    usage.show()
    if json:
        finding = {"message": usage.format_message(), "where": "the command line", "remedy": "see --help"}
        write_json({"error": {"type": "UsageError", "findings": [finding]}})
    return usage.exit_code


def _tell_fault(error: Exception, json: bool) -> int:
    """A fault of the program itself, with all that helps to find it."""
    from vapordep.cli.terminal.output import write_json

    traceback.print_exception(error)
    sys.stderr.write("error: this is a fault of vapordep. Do: please report it with the lines above.\n")
    if json:
        finding = {"message": repr(error), "where": "vapordep", "remedy": "please report it"}
        write_json({"error": {"type": type(error).__name__, "findings": [finding]}})
    return 1
