"""What people add to a run: labels, notes, and measurements beside the film that was foretold."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer
from vapordep.api.answers.given import Entered, Given
from vapordep.api.answers.plain import as_json
from vapordep.api.review.run_answers import FilmKnown
from vapordep.api.review.runs import READ, Run
from vapordep.history.catalogue import notebook
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.database.rows import film_row
from vapordep.history.queries import History

Runner = Annotated[Caller, Needs(Right.RUN)]
MOST_NOTED = 500
"""Letters."""
Word = Annotated[str, Field(max_length=64)]
Short = Annotated[str, Field(max_length=200)]


class Labels(Given):
    """Labels to give and to take away; a label is one word, `star` marks what one wants to find again."""

    add: Annotated[list[Word], Field(max_length=50, default_factory=list)]
    remove: Annotated[list[Word], Field(max_length=50, default_factory=list)]


class LabelsNow(Answer):
    """The labels that a run has."""

    labels: list[str]


class NewNote(Given):
    """A note; `at_s` pins it to an instant, s since the run's start."""

    text: Annotated[str, Field(min_length=1, max_length=notebook.LONGEST_NOTE)]
    at_s: Annotated[float | None, Field(allow_inf_nan=False)] = None


class NewMeasurement(Given):
    """A measurement, with units: `value` "12.3 nm", `uncertainty` "0.2 nm", one standard deviation."""

    quantity: Annotated[str, Field(max_length=32, description=f"One of {', '.join(notebook.QUANTITIES)}.")]
    value: Annotated[str, Field(max_length=64)]
    uncertainty: Annotated[str, Field(max_length=64)] = ""
    method: Annotated[str, Field(max_length=64, description="Such as ellipsometry, XRR or XPS.")]
    sample: Annotated[str, Field(max_length=200, description="Needed where the run coated several.")] = ""
    position: Short = ""
    of: Annotated[str, Field(max_length=64, description="The layer or the element.")] = ""
    measured: Annotated[str, Field(max_length=10, description="A date; today without.")] = ""
    note: Annotated[str, Field(max_length=1000)] = ""


def add(app: FastAPI, history: History, accounts: Accounts) -> None:
    """Adds the routes."""
    _add_words(app, history, accounts)
    _add_film(app, history, accounts)


def _add_words(app: FastAPI, history: History, accounts: Accounts) -> None:
    @app.post("/api/runs/{run}/labels")
    def label(run: Run, given: Labels, caller: Runner) -> LabelsNow:
        """Give labels to a run, and take some away."""
        found = history.only(run)
        told = " ".join([*(f"+{each}" for each in given.add), *(f"-{each}" for each in given.remove)])
        accounts.note(caller.person.name, f"labels of {found.run_id}: {told}"[:MOST_NOTED])
        with Catalogue.open(history.folder) as catalogue, catalogue.entering() as connection:
            now = notebook.label(connection, found.run_id, given.add, given.remove, caller.person.name)
        return LabelsNow(labels=now)

    @app.get("/api/runs/{run}/notes", response_model=list[notebook.Note], dependencies=READ)
    def notes(run: Run) -> Response:
        """The notes of a run, in the order in which they were written; `at_s` is null where one is about all of it."""
        found = history.only(run)
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            return as_json(notebook.notes_of(connection, found.run_id))

    @app.post("/api/runs/{run}/notes")
    def note(run: Run, given: NewNote, caller: Runner) -> Entered:
        """Write a note about a run. It stays: what was wrong is put right by another one."""
        found = history.only(run)
        accounts.note(caller.person.name, f"a note about {found.run_id}")
        with Catalogue.open(history.folder) as catalogue, catalogue.entering() as connection:
            number = notebook.note(connection, found.run_id, given.text, caller.person.name, given.at_s)
        return Entered(number=number)


def _add_film(app: FastAPI, history: History, accounts: Accounts) -> None:
    @app.get("/api/runs/{run}/film", response_model=FilmKnown, dependencies=READ)
    def film(run: Run) -> Response:
        """The film of a run: its layers as they were foretold or followed by the crystal, and what was measured later.

        Lengths in m, mass in kg/m2; `origin` says where the numbers of a layer come from, `difference_m` what a
        measured thickness has more than the layer that it is `of`, or than all of them.
        """
        found = history.only(run)
        with history.open_recording(found) as recording:
            layers = [film_row(place, layer) for place, layer in enumerate(recording.film().layers)]
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            measured = notebook.measurements_of(connection, found.run_id)
        told = [notebook.as_plain(each) | {"difference_m": _difference(each, layers)} for each in measured]
        return as_json({"layers": layers, "measurements": told})

    @app.post("/api/runs/{run}/measurements", response_model=notebook.Measurement)
    def measure(run: Run, given: NewMeasurement, caller: Runner) -> Response:
        """Enter a measurement of a sample of the run. It stays: what was wrong is put right by another one."""
        found = history.only(run)
        accounts.note(caller.person.name, f"a measurement of {found.run_id}")
        with Catalogue.open(history.folder) as catalogue, catalogue.entering() as connection:
            entered = notebook.measure(
                connection, found.run_id, given.quantity, given.value, caller.person.name, method=given.method,
                sample=given.sample, uncertainty=given.uncertainty, position=given.position, of=given.of,
                measured=given.measured, text=given.note,
            )  # fmt: skip
        return as_json(entered)


def _difference(measured: notebook.Measurement, layers: Sequence[dict[str, Any]]) -> float | None:
    if measured.quantity != "thickness":
        return None
    mine = [each["thickness_m"] for each in layers if measured.of in ("", each["name"])]
    return measured.value - sum(mine) if mine and None not in mine else None
