"""The command `doctor`: what this computer can do, line by line, each with what to do where it is not well."""

import sys
from pathlib import Path

from rich.text import Text

from vapordep.app.diagnosis import Grade, Line, worst
from vapordep.app.doctor import check, examine
from vapordep.cli.terminal.output import LOUD, console, plain, tell, write_json

STYLES = {Grade.OK: "green", Grade.DOUBT: "yellow", Grade.BAD: LOUD}
BAD = 1
"""Exit status when something is bad."""


def doctor(history: Path, pulses: int, *, as_json: bool) -> None:
    """Examines this computer and prints what was found; exit status 1 when something is bad."""
    check(history)
    out, found = console(), []
    for line in examine(history, lambda text: None if as_json else tell(f"... {text}"), pulses):
        found.append(line)
        if not as_json:
            out.print(_told(line))
    grade = worst(found)
    if as_json:
        write_json({"grade": grade.value, "lines": [line.as_json() for line in found]})
    else:
        out.print(plain(_summary(grade), STYLES[grade]))
    if grade is Grade.BAD:
        sys.exit(BAD)


def _told(line: Line) -> Text:
    text = Text.assemble((f"{line.grade.value:<6}", STYLES[line.grade]), (f"{line.name:<19}", "bold"))
    text.append(plain(line.found))
    return text.append("\n      Do: ", "bold").append(plain(line.remedy)) if line.remedy else text


def _summary(grade: Grade) -> str:
    return {
        Grade.OK: "nothing stands against this computer; it is no proof: other programs and other days differ",
        Grade.DOUBT: "usable with doubts: read them, and measure again while everything runs that will run",
        Grade.BAD: "do not run a reactor from this computer before what is bad is put right",
    }[grade]
