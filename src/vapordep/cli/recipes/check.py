"""The command `check`: a recipe against reactor, substrate and chemistry; nothing is executed.

Nothing is written either, but for the recipe that is made of a reactor's sequence.
"""

import sys
from collections.abc import Callable

from vapordep.app.foretold.check import Verdict, check_reactor, is_reactor
from vapordep.app.foretold.check import check as judge
from vapordep.app.request import Request
from vapordep.cli.terminal.output import write_json
from vapordep.errors import InputError
from vapordep.recipe import of_error


def check(ask: Callable[[], Request], *, as_json: bool) -> None:
    """Prints the verdict; ends with exit status 2 when the file is refused, with a finding also when there is none.

    Raises InputError for what cannot be asked for, which for programs is a verdict like any other.
    """
    try:
        asked = ask()
    except InputError as error:
        if not as_json:
            raise
        write_json(Verdict(False, of_error(error)).as_json())
        sys.exit(error.exit_status)
    verdict = check_reactor(asked.recipe) if is_reactor(asked.recipe) else judge(asked)
    if as_json:
        write_json(verdict.as_json())
    else:
        from vapordep.cli.recipes.findings import print_findings  # who reads JSON does not wait for tables and colours

        print_findings(verdict, asked.recipe)
    if not verdict.ok:
        sys.exit(InputError.exit_status)
