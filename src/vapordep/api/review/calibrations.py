"""Calibrations of reactors, the samples that were ever coated, and who operated: what outlasts a run."""

from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, Civil, refuses
from vapordep.api.answers.given import Entered, Given
from vapordep.api.answers.plain import as_json
from vapordep.api.review.runs import READ
from vapordep.history.catalogue import notebook
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.search import operators_of, samples_of
from vapordep.history.queries import History

Short = Annotated[str, Field(max_length=200)]

OfReactor = Annotated[str, Query(max_length=200, description="Its name; all without.")]
Letters = Annotated[str, Query(max_length=200, description="Of its id; all without.")]


class NewCalibration(Given):
    """A calibration, with units: `value` "3.1 K", `uncertainty` "0.5 K", one standard deviation."""

    reactor: Short
    kind: Annotated[str, Field(max_length=32, description=f"One of {', '.join(notebook.CALIBRATED)}.")]
    subject: Annotated[str, Field(max_length=200, description="The stage, the source, the gauge, the pump.")]
    value: Annotated[str, Field(max_length=64)]
    uncertainty: Annotated[str, Field(max_length=64)] = ""
    at: Annotated[str, Field(max_length=64, description="The pressure, for a point of a pump's curve.")] = ""
    method: Short
    measured: Annotated[str, Field(max_length=10, description="A date; today without.")] = ""
    note: Annotated[str, Field(max_length=1000)] = ""


class CoatedIn(Answer):
    """A run that coated a sample, and where it lay."""

    run_id: str
    started: Civil
    position: str
    note: str


class Coated(Answer):
    """A sample, and the runs that coated it, the latest first."""

    id: str
    substrate: str
    area_m2: float | None
    runs: list[CoatedIn]


class Operator(Answer):
    """Somebody who started runs."""

    operator: str
    runs: int
    latest: Civil


def add(app: FastAPI, history: History, accounts: Accounts, own: str) -> None:
    """Adds the routes; `own` is the reactor that is served, of which there may be nothing yet."""

    @app.get("/api/calibrations", response_model=list[notebook.Calibration], dependencies=READ)
    def calibrations(reactor: OfReactor = "") -> Response:
        """Calibrations of a reactor, or of all, by the day on which they were made; values in SI."""
        if not history.is_there:
            return as_json([])
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            return as_json(notebook.calibrations_of(connection, reactor))

    @app.post("/api/calibrations", responses=refuses(404))
    def calibrate(given: NewCalibration, caller: Annotated[Caller, Needs(Right.OPERATE)]) -> Entered:
        """Enter a calibration of the reactor that is served, or of one of which something was recorded.

        It changes no reactor file, and so no limit: it is the record behind its numbers.
        """
        reactor = history.reactor(given.reactor, (own,))
        accounts.note(caller.person.name, f"a calibration of {reactor}")
        with Catalogue.open(history.folder) as catalogue, catalogue.entering() as connection:
            number = notebook.calibrate(
                connection, reactor, given.kind, given.subject, given.value, caller.person.name,
                method=given.method, uncertainty=given.uncertainty, at=given.at, measured=given.measured,
                text=given.note,
            )  # fmt: skip
        return Entered(number=number)

    @app.get("/api/samples", response_model=list[Coated], dependencies=READ)
    def samples(search: Letters = "") -> Response:
        """Samples that were ever coated: substrate, area in m2, and each run with position and note (a witness?)."""
        if not history.is_there:
            return as_json([])
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            return as_json(samples_of(connection, search))

    @app.get("/api/operators", response_model=list[Operator], dependencies=READ)
    def operators() -> Response:
        """Who started runs: how many, and when the latest."""
        if not history.is_there:
            return as_json([])
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            return as_json(operators_of(connection))
