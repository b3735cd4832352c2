"""How long the command takes to start: `vapordep --help` beside an interpreter that does nothing, in turns.

Called as `python -m bench.start`; medians of wall time. What is imported by then is named with `--imports`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

EMPTY = [sys.executable, "-c", "pass"]
COMMANDS = {
    "python": EMPTY,
    "vapordep --help": [sys.executable, "-c", "from vapordep.cli import main; main()", "--help"],
    "vapordep --version": [sys.executable, "-c", "from vapordep.cli import main; main()", "--version"],
}
GOAL = 0.5
"""s, of `vapordep --help`."""


def taken(command: list[str]) -> float:
    """Wall seconds of one call; raises CalledProcessError when it fails."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    return time.perf_counter() - began


def measure(rounds: int) -> dict[str, list[float]]:
    """Calls each command once unmeasured, which fills the disk's cache, then `rounds` times in turns."""
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, command in COMMANDS.items():
            seconds = taken(command)
            if turn:
                found[name].append(seconds)
    return found


def slowest_imports(count: int) -> list[str]:
    """The modules that cost most to import for `--help`, each with those that only it needs."""
    command = [sys.executable, "-X", "importtime", *COMMANDS["vapordep --help"][1:]]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line][1:]
    ranked = sorted(rows, key=lambda row: -int(row[1]))
    return [f"{int(row[1]) / 1e3:8.1f} ms  {row[2].strip()}" for row in ranked[:count]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--imports", action="store_true", help="name the dearest imports too")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    medians = {name: statistics.median(seconds) for name, seconds in measure(max(1, given.rounds)).items()}
    if given.json:
        print(json.dumps(medians))
        return
    for name, seconds in medians.items():
        print(f"{name:20}{1e3 * seconds:8.0f} ms   {seconds / medians['python']:5.1f} x an empty interpreter")
    helped = medians["vapordep --help"]
    print(f"--help: {helped:.2f} s (goal {GOAL} s) {'met' if helped < GOAL else 'MISSED'}")
    if given.imports:
        print("\n".join(slowest_imports(20)))


if __name__ == "__main__":
    main()
