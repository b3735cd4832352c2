"""Help: every command teaches, with an example, and at once."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, run

COMMANDS = [
    "demo", "check", "dry-run", "sweep", "gradient", "simulate", "run start",
    "runs list", "runs show", "runs verdict", "runs analyse", "runs leaks", "runs verify", "runs rebuild",
    "runs export", "runs label", "runs star", "runs note", "runs measure", "runs attach", "runs entered",
    "calibrations add", "calibrations list", "history backup", "history check", "history salvage", "history import",
    "users list", "users add", "users password", "users role", "users disable",
    "users enable", "tokens list", "tokens add", "tokens revoke",
]  # fmt: skip
TIMES_BARE = 20.0
"""How many times the processor time of an interpreter that does nothing `vapordep --help` may take; it takes 8."""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ended = run(*name.split(), "--help")
    assert ended.status == 0
    assert "--json" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    summary = ended.out.split("\n\n")[1]
    assert summary.rstrip().endswith("."), "the first sentence is whole"
    if name != "demo":
        assert f"  vapordep {name} " in ended.out or f"  vapordep {name}\n" in ended.out, "an example"


def test_the_overview_names_every_command() -> None:
    text = run("--help").out
    assert all(f"  {name.split()[0]} " in text for name in COMMANDS)


@pytest.mark.parametrize("family", ["", "run", "runs", "alarms", "bypass", "history", "bottles", "users", "tokens"])
def test_an_overview_tells_each_command_whole_at_80_columns(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(*family.split(), "--help").out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert len([line for line in lines if re.match(r"  \S+  +\S", line)]) >= 3, "a command and what it does"
    assert not [line for line in lines if "..." in line or len(line) > 80], "nothing is cut off"


def test_the_commands_of_the_history_stand_in_their_order() -> None:
    named = re.findall(r"^  (\S+)  ", run("runs", "--help").out.partition("Commands:\n")[2], flags=re.MULTILINE)
    assert named == [name.split()[1] for name in COMMANDS if name.startswith("runs ")]


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").out.strip() == f"vapordep {version('vapordep')}"


def test_the_readme_names_only_commands_that_there_are() -> None:
    root = Path(__file__).resolve().parents[2]
    assert "vapordep" in tomllib.loads((root / "pyproject.toml").read_text())["project"]["scripts"]
    text = (root / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        for line in re.findall(r"^vapordep .*$", block, flags=re.MULTILINE):
            words = [
                word for word in line.split("#")[0].split()[1:3] if word.replace("-", "").isalpha() and word.islower()
            ]
            assert run(*words, "--help").status == 0, line


@pytest.mark.wall
def test_help_comes_at_once() -> None:
    """In processor time, beside a bare interpreter: a busy machine delays both, and lengthens both alike."""
    resource = pytest.importorskip("resource", reason="processor time of a child is told on POSIX only")

    def took(*words: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return float(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    pairs = [(took("-c", "pass"), took(*PROGRAM[1:], "--help")) for _ in range(3)]
    bare, program = (min(times) for times in zip(*pairs, strict=True))
    assert program < TIMES_BARE * bare


@pytest.mark.wall
def test_help_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'sqlalchemy', 'matplotlib', 'pydantic', 'asyncio'}"
    script = f"import sys, vapordep.cli; print({heavy} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip() == "set()"
