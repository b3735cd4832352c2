"""What became of mutants before, in a file."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from bench.mutation.mutants import Mutant


class Ledger:
    """A line for each judgement, so that an hour of judging may be done in parts.

    A function that has changed is judged anew, and so is what no test noticed: tests may have been added since.
    They must not have been taken away, and what a function calls is taken to do what it did.
    """

    def __init__(self, path: Path | None) -> None:
        """Raises SystemExit for a file that is no ledger."""
        self.path = path
        rows = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
        kept = [row.partition("\t")[::2] for row in rows]
        if odd := [number for number, (_, mutant) in enumerate(kept, 1) if not mutant]:
            raise SystemExit(f"{path}, line {odd[0]} is no judgement of a mutant: name another file, or mend this one")
        self._results = {mutant: result for result, mutant in kept}

    def result(self, mutant: Mutant) -> str | None:
        """The latest; None when it was not judged as it stands."""
        return self._results.get(_row(mutant))

    def note(self, mutant: Mutant, result: str) -> None:
        """Keeps this one."""
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{result}\t{_row(mutant)}\n")


def _row(mutant: Mutant) -> str:
    return f"{_digest(mutant.tree, mutant.lines[0] if mutant.within else None)} {mutant.name}"


@cache
def _digest(tree: ast.Module, line: int | None) -> str:
    """Of the outermost function that this line is in; of the whole module for what runs at import."""
    of = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    holds = [node for node in of if line is not None and node.lineno <= line <= (node.end_lineno or node.lineno)]
    return hashlib.sha256(ast.unparse(holds[0] if holds else tree).encode()).hexdigest()[:12]
