"""Recipes: listed, read, checked with file, line and column, timed, and the lab's own saved with versions."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, Civil, refuses
from vapordep.api.answers.given import Given, Text
from vapordep.api.answers.plain import as_json
from vapordep.api.live.live import Live
from vapordep.api.live.served import Served
from vapordep.api.recipes.library import OWN, Library, RecipeFile
from vapordep.api.recipes.timeline import Timeline, timeline
from vapordep.api.recipes.verdicts import Checked
from vapordep.api.recipes.versions import Versions
from vapordep.api.review.runs import READ
from vapordep.errors import FileError, InputError
from vapordep.files import Document, parse_yaml, read_yaml
from vapordep.history.database.rows import Row
from vapordep.history.queries import History
from vapordep.model.run import Mode, RunState
from vapordep.recipe import read_recipe

Origin = Annotated[str, Path(max_length=20, description="`shipped` or `own`.")]
Name = Annotated[str, Path(max_length=100, description="The recipe's name.")]
Number = Annotated[int, Path(ge=1, le=99_999, description="The version's number.")]
Settings = Annotated[list[str] | None, Query(alias="set", max_length=100, description="`name=value`, once for each.")]
Written = Annotated[str, Field(max_length=60_000, description="YAML.")]
Short = Annotated[str, Field(max_length=200)]


class LatestRun(Answer):
    """The latest run of a recipe."""

    run_id: str
    started: Civil
    mode: Mode
    state: RunState


class RecipeBriefly(Answer):
    """One recipe; what cannot be read of it is null, and `trouble` says why."""

    id: str
    origin: str
    name: str
    title: str | None
    process: str | None
    substrate: str | None
    status: str | None
    version: int | None = Field(description="Of the lab's own, if it was saved here.")
    trouble: str | None
    runs: int = Field(description="How many runs have this title, whichever version they ran.")
    latest: LatestRun | None


class RecipeWhole(Answer):
    """A recipe with its text; a change of it goes on top of `version`, 0 for a new one."""

    id: str
    text: str
    sha256: str
    version: int


class VersionShown(Answer):
    """One saved version."""

    number: int
    person: str
    saved: str
    note: str
    sha256: str


class VersionText(Answer):
    """The text of one version, YAML."""

    number: int
    text: str


class Difference(Answer):
    """What changed from version `old` to `new`, as a unified diff."""

    old: int
    new: int
    diff: str


class Draft(Given):
    """A text that is not saved, and parameters with their units."""

    text: Written
    parameters: dict[str, Short] = Field(default_factory=dict, max_length=100)


class Saved(Given):
    """A text on top of the version `base`, 0 for a new recipe, and why."""

    text: Written
    base: Annotated[int, Field(ge=0, le=99_999)]
    note: Text = ""


def add(app: FastAPI, live: Live, library: Library, history: History) -> None:
    """Adds the routes."""
    versions = Versions(library.own)
    _add_library(app, library, versions, history)
    _add_drafts(app, live.served, library)
    _add_judgement(app, live.served, library)
    _add_versions(app, library, versions)


def _add_library(app: FastAPI, library: Library, versions: Versions, history: History) -> None:
    @app.get("/api/recipes", dependencies=READ)
    def recipes() -> list[RecipeBriefly]:
        """Every recipe, the shipped ones first, each with its latest run."""
        ran = history.latest_of_recipes()
        return [_briefly(each, versions, ran) for each in library.all()]

    @app.get("/api/recipes/{origin}/{name}", dependencies=READ)
    def recipe(origin: Origin, name: Name) -> RecipeWhole:
        """One recipe as it is now."""
        found = library.file(f"{origin}/{name}")
        source = read_yaml(found.path)
        number = _newest(versions, origin, name) or 0
        return RecipeWhole(id=found.id, text=source.text, sha256=source.sha256, version=number)


def _add_drafts(app: FastAPI, served: Served, library: Library) -> None:
    @app.post("/api/recipes/check", response_model=Checked, dependencies=READ)
    def check_draft(given: Draft) -> Response:
        """Check a text that is not saved, against the served reactor: findings with line and column, film, duration.

        What it calls is looked for beside the lab's own recipes. Nothing is executed or kept.
        """
        try:
            source = parse_yaml(given.text, library.own / "draft.yaml")
        except InputError as error:
            return as_json(with_columns(dict(served.refusal(error)), given.text))
        return _checked(served, source, given.parameters)

    @app.post("/api/recipes/timeline", response_model=Timeline, dependencies=READ)
    def time_of_draft(given: Draft) -> Response:
        """The timeline of a text that is not saved; 422 with every finding if it is refused."""
        made = read_recipe(parse_yaml(given.text, library.own / "draft.yaml"), served.reactor, given.parameters)
        return as_json(timeline(made.plan, served.reactor))


def _add_judgement(app: FastAPI, served: Served, library: Library) -> None:
    @app.get("/api/recipes/{origin}/{name}/check", response_model=Checked, dependencies=READ)
    def check(origin: Origin, name: Name, set_: Settings = None) -> Response:
        """Check it against the served reactor, with parameters: findings, the film to expect, duration, use."""
        return _checked(served, read_yaml(library.file(f"{origin}/{name}").path), _settings(set_))

    @app.get("/api/recipes/{origin}/{name}/timeline", response_model=Timeline, dependencies=READ)
    def time(origin: Origin, name: Name, set_: Settings = None) -> Response:
        """Every step with its beginning and duration, one cycle of each loop; 422 with every finding if refused."""
        made = read_recipe(library.file(f"{origin}/{name}").path, served.reactor, _settings(set_))
        return as_json(timeline(made.plan, served.reactor))


def _add_versions(app: FastAPI, library: Library, versions: Versions) -> None:
    @app.post("/api/recipes/own/{name}", responses=refuses(409))
    def save(name: Name, given: Saved, caller: Annotated[Caller, Needs(Right.ENGINEER)]) -> VersionShown:
        """Save a version of one of the lab's own recipes, also one that the check refuses; it stays for ever.

        409 when another version came meanwhile. A run under way keeps the text that it began with.
        """
        parse_yaml(given.text, f"{name}.yaml")
        made = versions.save(name, given.text, caller.person.name, given.note.strip(), given.base)
        return VersionShown(
            number=made.number, person=made.person, saved=made.saved, note=made.note, sha256=made.sha256
        )

    @app.get("/api/recipes/own/{name}/versions", dependencies=READ)
    def listed(name: Name) -> list[VersionShown]:
        """All versions of one of the lab's own, the oldest first."""
        library.file(f"{OWN}/{name}")
        return [
            VersionShown(number=v.number, person=v.person, saved=v.saved, note=v.note, sha256=v.sha256)
            for v in versions.all(name)
        ]

    @app.get("/api/recipes/own/{name}/versions/{number}", dependencies=READ)
    def version(name: Name, number: Number) -> VersionText:
        """The text of one version."""
        return VersionText(number=number, text=versions.text(name, number))

    @app.get("/api/recipes/own/{name}/versions/{old}/diff/{new}", dependencies=READ)
    def difference(name: Name, old: Number, new: Number) -> Difference:
        """What changed from one version to another, as a unified diff."""
        return Difference(old=old, new=new, diff=versions.difference(name, old, new))


def _checked(served: Served, source: Document, settings: dict[str, str]) -> Response:
    return as_json(with_columns(dict(served.check(source, settings)), source.text))


def with_columns(verdict: dict[str, Any], text: str) -> dict[str, Any]:
    """Findings with the column, from 1, at which their line begins to say something; null where there is no line."""
    lines = text.splitlines()
    findings = [{**finding, "column": _column(lines, finding["line"])} for finding in verdict["findings"]]
    return {**verdict, "findings": findings}


def _column(lines: list[str], line: int | None) -> int | None:
    if line is None or not 1 <= line <= len(lines):
        return None
    return len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1


def _briefly(recipe: RecipeFile, versions: Versions, ran: Mapping[str, tuple[int, Row]]) -> RecipeBriefly:
    told: dict[str, Any] = dict.fromkeys(("title", "process", "substrate", "status", "trouble"))
    try:
        data = read_yaml(recipe.path).data
    except FileError as error:
        told["trouble"] = str(error)
    else:
        keys = {"title": "name", "process": "process", "substrate": "substrate", "status": "status"}
        told |= {key: str(data[of]) for key, of in keys.items() if of in data}
    runs, latest = ran.get(told["title"] or "", (0, None))
    return RecipeBriefly(
        id=recipe.id, origin=recipe.origin, name=recipe.name, version=_newest(versions, recipe.origin, recipe.name),
        runs=runs, latest=latest and LatestRun(**{each: latest[each] for each in LatestRun.model_fields}), **told,
    )  # fmt: skip


def _newest(versions: Versions, origin: str, name: str) -> int | None:
    found = versions.all(name) if origin == OWN else ()
    return found[-1].number if found else None


def _settings(written: list[str] | None) -> dict[str, str]:
    """Parameters by name; raises InputError for what is no setting, or a name given twice."""
    found: dict[str, str] = {}
    for text in written or ():
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value) or name in found:
            raise InputError(f"{text[:200]!r} is no setting", where="set", remedy="set=name=value, each name once")
        found[name] = value
    return found
