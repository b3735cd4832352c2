"""The verdict of a check in the terminal: facts, film, coverage, and every finding with what to do."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vapordep.app.foretold.check import Verdict
from vapordep.app.words import clock_time, converted, count, shown
from vapordep.cli.terminal.coverage import print_sheet
from vapordep.cli.terminal.film import film_table
from vapordep.cli.terminal.output import LOUD, console, plain
from vapordep.recipe import Finding, Recipe, Severity
from vapordep.units import Dimension

STYLES = {Severity.ERROR: LOUD, Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def print_findings(verdict: Verdict, file: Path) -> None:
    """What is judged and how, its facts, the film to expect, and every finding, the worst first."""
    out = console()
    out.print(_headline(verdict, file))
    if verdict.recipe is not None:
        facts = Table.grid(padding=(0, 2, 0, 0))
        for name, value in _facts(verdict, verdict.recipe):
            facts.add_row(plain(name, style="dim"), plain(value))
        out.print(facts)
    if verdict.expected is not None and verdict.expected.film.layers:
        out.print()
        out.print(film_table(verdict.expected.film))
    if verdict.coverage is not None and verdict.guarded is not None:
        print_sheet(out, verdict.coverage.as_json(), verdict.guarded.as_json())
    for finding in sorted(verdict.findings, key=lambda one: list(Severity).index(one.severity)):
        out.print()
        _print_finding(out, finding)


def _headline(verdict: Verdict, file: Path) -> Text:
    """What was judged, and how: `Al2O3 on lithium, 4 nm on glovebox-ald: accepted, 1 warning`."""
    judged = verdict.recipe.name if verdict.recipe else str(file)
    place = verdict.reactor.name if verdict.reactor else ""
    if verdict.ok and verdict.recipe is None:
        judged, place = place, ""
    named = Text.assemble((plain(judged + (f" on {place}" if place else "")).plain, "bold"), ": ")
    named.append("accepted" if verdict.ok else "refused", "bold green" if verdict.ok else LOUD)
    tally = {severity: sum(one.severity is severity for one in verdict.findings) for severity in Severity}
    for severity, number in tally.items():
        if number:
            named.append(", ").append(count(number, severity.value), STYLES[severity])
    return named


def _facts(verdict: Verdict, recipe: Recipe) -> Iterator[tuple[str, str]]:
    yield "substrate", f"{recipe.substrate.name}; the recipe is {recipe.status}"
    if recipe.parameters:
        yield "parameters", ", ".join(f"{name} = {value}" for name, value in recipe.parameters.items())
    yield "time", f"about {clock_time(verdict.duration)}"
    each = ", ".join(f"{source} {times}" for source, times in verdict.pulses.items())
    yield "pulses", f"{sum(verdict.pulses.values())} ({each})" if each else "none"
    if verdict.expected is not None:
        used = verdict.expected.precursor_use
        names = (name for name in dict.fromkeys((*verdict.pulses, *used)) if used.get(name, 0.0) > 0.0)
        yield "precursor use", ", ".join(f"{name} {shown(used[name], Dimension.AMOUNT)}" for name in names) or "-"
        if verdict.expected.conversion:
            yield "conversion", converted(verdict.expected.conversion)


def _print_finding(out: Console, finding: Finding) -> None:
    """How bad and where, what, what to do; the place is never folded, so that it can be found and followed."""
    head = Text.assemble((finding.severity.value, STYLES[finding.severity]), f" {finding.code}  ")
    out.print(head.append(plain(finding.where, style="dim")), soft_wrap=True)
    remedy = Text.assemble(("Do: ", "bold"), plain(sentence(finding.remedy or "-")))
    for told in (plain(sentence(finding.message)), remedy):
        out.print(Padding.indent(told, 2))


def sentence(text: str) -> str:
    """A sentence with its capital and its stop; a name that stands in the file, such as a tag, stays as it is."""
    first, _, rest = text.partition(" ")
    is_name = not first.rstrip(",;").isalpha() or rest.startswith("= ")
    begun = text if is_name else text[:1].upper() + text[1:]
    return begun if begun.endswith("?") else begun.rstrip(".") + "."
