"""What `vapordep check` costs in CPU seconds, beside an interpreter that does nothing, and that loops cost no more.

Run `python -m bench.check [--recipe al2o3_on_lithium] [--rounds 5]` from the root of a checkout. Medians; each round
runs all counts in turn, so that a busy machine slows all alike. Aim: 5000 cycles in less than 1 s of CPU.

Every process finds its modules compiled, in a folder that a first round fills: as an installation has them, and as a
checkout has them from its second use on unless PYTHONDONTWRITEBYTECODE forbids it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

COUNTS = (36, 500, 5000)
AIM = 1.0


def cpu_of(*words: str, variables: Mapping[str, str]) -> tuple[float, str]:
    """CPU seconds of a process, start of the interpreter included, and its output."""
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True, env=variables)
    assert process.stdout is not None  # noqa: S101 - for the type checker
    told = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, told


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--recipe", default="al2o3_on_lithium")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    with TemporaryDirectory() as compiled:
        return _measured(asked, _variables(compiled))


def _variables(compiled: str) -> dict[str, str]:
    """The environment of a process that keeps what it compiles in this folder."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": compiled}


def _measured(asked: argparse.Namespace, variables: Mapping[str, str]) -> int:
    """Prints the figures; exit status 1 when the aim is missed."""
    alone = ("-c", "import numpy, pydantic, rich, ruamel.yaml, typer")
    for words in (alone, ("-m", "vapordep", "check", asked.recipe, "--json")):
        cpu_of(*words, variables=variables)
    bare: list[float] = []
    ours: dict[int, list[float]] = {count: [] for count in COUNTS}
    film: dict[int, float] = {}
    for _ in range(asked.rounds):
        bare.append(cpu_of(*alone, variables=variables)[0])
        for count in COUNTS:
            words = ["-m", "vapordep", "check", asked.recipe, "--set", f"cycles={count}", "--json"]
            used, told = cpu_of(*words, variables=variables)
            ours[count].append(used)
            film[count] = json.loads(told)["expected_thickness_m"]
    limit = statistics.median(bare)
    print(f"{Path(asked.recipe).stem}, median of {asked.rounds} rounds, CPU seconds of a whole process")
    print(f"imports of the libraries alone   {limit:6.3f} s")
    for count in COUNTS:
        used = statistics.median(ours[count])
        print(
            f"check of {count:5d} cycles            {used:6.3f} s   {used / limit:4.1f} x   {film[count] * 1e9:8.2f} nm"
        )
    most = statistics.median(ours[COUNTS[-1]])
    print(f"aim: less than {AIM:g} s for {COUNTS[-1]} cycles: {'met' if most < AIM else 'MISSED'}")
    return int(most >= AIM)


if __name__ == "__main__":
    raise SystemExit(main())
