"""Sequences: steps that a reactor file names, compiled where a recipe calls them, or as a recipe of their own."""

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from textwrap import dedent

from vapordep.errors import RecipeError
from vapordep.files import KeyPath, atomic_write, parse_yaml
from vapordep.model.plan import Call
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Step
from vapordep.recipe import schema
from vapordep.recipe.findings import Finding, of_error
from vapordep.recipe.language.compiler import Compiler, CompileWord

SEQUENCES = "sequences"


def sequence(c: Compiler, path: KeyPath, where: str) -> tuple[Step, ...]:
    """`sequence: foreline_purge`: the reactor's steps of that name, after a step that says so.

    What is wrong in them is found with file and line of the reactor file.
    """
    name = c.read(schema.SequencePart, path).root
    c.known(name, c.reactor.sequences, "sequence", path)
    return (Call(where=where, recipe=name, sha256=c.reactor.sha256), *_steps(c, name))


def _steps(c: Compiler, name: str) -> tuple[Step, ...]:
    document = parse_yaml(c.reactor.text, c.reactor.file)
    # One that calls a sequence would need a bound; the word is not known within.
    words = {word: read for word, read in c.words.items() if word != "sequence"}
    inner = Compiler(document, c.reactor, words, _no_call)
    steps = inner.steps(document.part((SEQUENCES, name, "steps")), (SEQUENCES, name, "steps"))
    c.findings.extend(inner.findings)
    return steps


def _no_call(c: Compiler, path: KeyPath) -> tuple[Step, ...]:
    what = "a reactor's sequence calls no recipe"
    raise RecipeError(what, where=c.document.where(path), remedy="write the steps, or call both from a recipe")


def of_sequences(reactor: Reactor, words: Mapping[str, CompileWord]) -> tuple[Finding, ...]:
    """What cannot be compiled in the sequences of a reactor file; what they do is judged where they are called."""
    compiler = Compiler(parse_yaml(reactor.text, reactor.file), reactor, words, _no_call)
    for name in reactor.sequences:
        _steps(compiler, name)
    return tuple(found for error in compiler.findings for found in of_error(error))


def text_of(reactor: Reactor, name: str) -> str:
    """The steps of one sequence as the reactor file has them, with its remarks."""
    lines = parse_yaml(reactor.text, reactor.file).lines
    first = lines[(SEQUENCES, name, "steps", 0)] - 1
    written = reactor.text.splitlines()[first:]
    depth = _indent(written[0])
    return dedent("\n".join(takewhile(lambda line: not line.strip() or _indent(line) >= depth, written))).strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def as_recipe(reactor: Reactor, name: str, substrate: str = "") -> str:
    """The text of a recipe that does one sequence of a reactor, for its first process.

    The limits are those of `substrate`; of the reactor's first where that is none of its own.
    """
    lies = substrate if substrate in reactor.substrates else reactor.substrates[0]
    lines = (
        f"# Made from the reactor file {reactor.name}: {reactor.sequences[name]}", "recipe: 1",
        f"name: {name} of {reactor.name}", f"process: {reactor.processes[0]}", f"substrate: {lies}",
        "steps:", f"  - sequence: {name}",
    )  # fmt: skip
    return "\n".join(lines) + "\n"


def write_recipe(reactor: Reactor, name: str, history: Path, substrate: str = "") -> Path:
    """Writes that recipe down among a history, from where it may be run; raises OSError."""
    text = as_recipe(reactor, name, substrate)
    file = history / SEQUENCES / f"{reactor.name}-{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(file, text)
    return file
