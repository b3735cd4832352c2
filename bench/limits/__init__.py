"""Limits: small C programs that do the same job with nothing in the way, compiled where they are needed."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def compiled(name: str, folder: Path) -> Path:
    """The program `limits/<name>.c`, compiled into `folder`.

    Raises FileNotFoundError without a C compiler, CalledProcessError when it does not compile.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("no C compiler (cc) on this machine: the limit cannot be measured")
    program = folder / name
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, HERE / f"{name}.c"], check=True)
    return program
