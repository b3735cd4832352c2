"""Help: every command teaches, with an example, and at once."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.cli.conftest import PROGRAM, run
from vapordep.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/**/*.md")])

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


def told_commands(text: str) -> Iterator[str]:
    """What documents tell a person to type: in blocks for a shell, and in the run of a sentence."""
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        yield from re.findall(r"^\s*(?:\S*/)?vapordep +(.*)$", block.replace("\\\n", " "), flags=re.MULTILINE)
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from re.findall(r"`vapordep\s+([^`|]*)`", outside)


def missing_in(told: str) -> str:
    """The first command or option in it that there is not."""
    command: Any = typer.main.get_command(app)
    for word in told.partition(" # ")[0].split():
        if hasattr(command, "commands"):
            if word.startswith("--") or word.isupper():  # `vapordep --version`, `vapordep COMMAND --help`
                return ""
            if word not in command.commands:
                return word
            command = command.commands[word]
        elif word.startswith("-") and not re.match(r"-\d", word) and word.partition("=")[0] not in options_of(command):
            return word
    return ""


def options_of(command: Any) -> set[str]:
    return {"--help"}.union(*((*option.opts, *option.secondary_opts) for option in command.params))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents_name_only_commands_and_options_that_there_are(path: Path) -> None:
    assert "vapordep" in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    text = path.read_text(encoding="utf-8")
    assert {told: missing for told in told_commands(text) if (missing := missing_in(told))} == {}


def leaves(command: Any) -> Iterator[Any]:
    """All commands below a family of them."""
    for below in getattr(command, "commands", {}).values():
        yield from leaves(below) if hasattr(below, "commands") else [below]


def examples(command: Any) -> Iterator[list[str]]:
    """The lines of its help that a person may type, as their words; what stands far to the right explains one."""
    for line in re.findall(r"^ *vapordep +(.*)$", re.sub(r"\\\n *", "", command.help), flags=re.MULTILINE):
        yield shlex.split(line.partition("   ")[0])


def test_every_example_of_help_can_be_typed() -> None:
    """It is read as what is typed is, up to where the command would begin."""
    program: Any = typer.main.get_command(app)
    shown = [words for command in leaves(program) for words in examples(command)]
    assert len(shown) > 80
    for words in shown:
        command = program
        while hasattr(command, "commands"):
            command, words = command.commands[words[0]], words[1:]
        command.make_context(command.name, words)


def test_a_command_that_there_is_not_is_found() -> None:
    text = "```sh\nvapordep dry-run x --plott\n```\nand `vapordep\nhistory chek` and `vapordep runs list -n 5`"
    assert [missing_in(told) for told in told_commands(text)] == ["--plott", "chek", ""]


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
