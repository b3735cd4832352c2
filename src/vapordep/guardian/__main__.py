"""The guardian as a program, `python -m vapordep.guardian`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .log import Log
from .watch import BACK_OFF, Guardian


def main(argv: Sequence[str] | None = None) -> int:
    """Guards the engine and keeps the web process, both given as JSON lists of arguments."""
    parser = argparse.ArgumentParser(prog="vapordep.guardian", description=main.__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the abort socket: private, mode 0700")
    parser.add_argument("--log", type=Path, required=True, help="the guardian's own log file")
    parser.add_argument("--engine", type=json.loads, required=True)
    parser.add_argument("--web", type=json.loads, default=())
    parser.add_argument("--back-off", type=json.loads, default=BACK_OFF, help="s before the next engine, by deaths")
    given = parser.parse_args(argv)
    log = Log(given.log)
    status = Guardian(given.engine, given.web, given.folder, log, back_off=given.back_off).run()
    log.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
