"""Schemathesis over the whole description, stateful too, for every role: no fault, no right too many, all described.

The stream never ends: whoever asks for it here leaves after its first message. `ignored_auth` asks everything again
without a login and with a wrong one; that is done once, as admin.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.unit.api.asking import HERE, PORT, FarEnd, house, live
from tests.unit.api.test_runs import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.people import Person
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.api.access.door import Door
from vapordep.api.access.doorkeeper import Caller, Doorkeeper, right_of
from vapordep.api.application import application
from vapordep.api.live.trials import Trials
from vapordep.api.recipes.versions import Versions
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.notebook import note

TURNED_AWAY = {400, 401, 403, 404, 405, 413, 415, 422}
"""What somebody without the right may be told: before the right is looked at, a request may be none at all."""
KNOWN: dict[str, list[Any]] = {
    "path.run": ["run-1", "run", "last"], "path.tag": ["chamber.pressure"], "query.tag": ["chamber.pressure"],
    "path.origin": ["shipped", "own"], "path.name": ["al2o3_on_lithium", "mine"], "path.number": [1, 2],
    "path.table": ["samples", "pulses", "events"], "query.run": ["run-1", "run-2"],
    "query.reactor": ["glovebox-ald"], "path.id": ["90001", "90002"],
}  # fmt: skip
"""Names of what is there: drawn at random, nothing would ever be found."""
KEEPER = Caller(Person("admin", Role.ADMIN), RIGHTS[Role.ADMIN], "a session that never ends")
"""An admin who has just shown the password, and is let in whatever becomes of their account: only a session may change
accounts, limits and alarms, and one that has ended itself proves nothing afterwards."""
CONFIRMED = {
    "POST /api/users", "POST /api/users/{name}/role", "POST /api/users/{name}/disable", "POST /api/me/tokens",
    "POST /api/users/{name}/password", "POST /api/sessions/{id}/end", "POST /api/tokens/{id}/revoke",
    "POST /api/interlocks/{interlock}/bypass", "POST /api/interlocks/{interlock}/limit",
    "POST /api/alarms/{alarm}/remove",
}  # fmt: skip
"""What a token cannot do."""
SPARED = {"path.id"}
"""Never drawn at random: who ends the token that they ask with is told 401 ever after, and proves nothing."""


@dataclass
class Found:
    """What came of a run of Schemathesis."""

    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)
    """Operations that answered 200."""
    phases: set[str] = field(default_factory=set)


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """An application with two runs, a note, a recipe of the lab's own, and somebody of each role."""
    source = house().accounts.store.path
    (tmp_path / source.name).write_bytes(source.read_bytes())
    for run in ("run-1", "run-2"):
        record(tmp_path, run)
    with Catalogue.open(tmp_path) as catalogue, catalogue.entering() as connection:
        note(connection, "run-1", "hair", "ada", 3.0)
    Versions(tmp_path / "recipes").save("mine", "recipe: 1\n", "ada", "", 0)
    monkeypatch.setattr("vapordep.api.operate.abort.ring", lambda *_: True)  # no guardian is there to be rung
    monkeypatch.setattr(Doorkeeper, "_by_session", lambda _, secret: KEEPER if secret == KEEPER.session else None)
    monkeypatch.setattr(Doorkeeper, "is_confirmed", lambda _, session: session == KEEPER.session)
    of = live()
    of.trials = Trials(("false",))
    return application(of, PORT, Accounts.of(tmp_path), engine=FarEnd())


def asked_of(
    login: dict[str, str], known: dict[str, list[Any]], examples: int, *, large: bool, again: bool
) -> SchemathesisConfig:
    """In CI always the same requests; larger runs draw new ones, and the borders of every schema one by one.

    With `again` all is asked once more without a login and with a wrong one.
    """
    given: dict[str, Any] = {
        "base-url": "http://localhost",
        "max-stream-events": 1,
        "request-timeout": 60,  # how quick it is is measured elsewhere
        "suppress-health-check": ["all"],
        "headers": {"Origin": HERE, **login},
        "generation": {
            "max-examples": examples, "deterministic": not large, "no-shrink": True, "database": "none",
            "with-security-parameters": False,
        },
        "phases": {
            "coverage": {"enabled": large}, "stateful": {"generation": {"max-examples": 2 * examples}, "max-steps": 10},
        },
        "checks": {
            "positive_data_acceptance": {"enabled": False},  # a text that no unit is in fits the schema, and is refused
            "ignored_auth": {"enabled": again},
            "allow_header_conformance": {"enabled": False},  # own/{name} is an {origin}/{name} too, which may be read
            "unsupported_method": {"enabled": False},  # the door refuses what is no JSON first; see test_door
        },
        "dictionaries": {name: {"values": values} for name, values in known.items()},
        "parameters": {name: {"dictionary": name, "probability": 1.0 if name in SPARED else 0.7} for name in known},
    }  # fmt: skip
    return SchemathesisConfig.from_dict(given | ({} if large else {"seed": 1}))


def played(door: Door, config: SchemathesisConfig, only: frozenset[str] = frozenset()) -> Iterator[Any]:
    """The whole run, or `only` of these paths; the description itself is read by an admin."""
    headers = {"Authorization": f"Bearer {house().tokens[Role.ADMIN]}", "Host": "localhost"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", door, config=config, headers=headers)
    yield from from_schema(schema.include(path=sorted(only)) if only else schema).execute()


def judged(told: Any, rights: dict[tuple[str, str], Right | None], role: Role | None, found: Found) -> None:
    """What is wrong in one scenario."""
    found.phases.add(str(told.phase.value))
    for key, checks in told.recorder.checks.items():
        operation = told.recorder.cases[key].value.operation.label
        for check in checks:
            if check.failure_info is not None:
                found.wrong.append(f"{operation}: {check.failure_info.failure}\n{check.failure_info.code_sample}")
    for key, interaction in told.recorder.interactions.items():
        if interaction.response is None:
            continue
        case, status = told.recorder.cases[key].value, interaction.response.status_code
        found.statuses[status] += 1
        found.taken |= {case.operation.label} if status == 200 else set()
        right = rights.get((case.method.upper(), case.operation.path))
        if right is not None and right not in (RIGHTS[role] if role else ()) and status not in TURNED_AWAY:
            found.wrong.append(f"{case.operation.label} answered {status} to {role}: {case.as_curl_command()}")


@pytest.mark.parametrize(
    "examples", [2, pytest.param(20, marks=pytest.mark.many), pytest.param(200, marks=pytest.mark.very_many)]
)
@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR, Role.ADMIN])
def test_no_fault_no_answer_undescribed_and_no_right_too_many(role: Role | None, examples: int, door: Door) -> None:
    login = {} if role is None else {"Authorization": f"Bearer {house().tokens[role]}"}
    found = all_of(door, asked_of(login, KNOWN, examples, large=examples > 2, again=role is Role.ADMIN), role)
    assert (found.statuses[200] == 0) == (role is None), f"requests that nobody takes prove nothing: {found.statuses}"


@pytest.mark.parametrize(
    "examples", [4, pytest.param(20, marks=pytest.mark.many), pytest.param(200, marks=pytest.mark.very_many)]
)
def test_no_fault_in_what_only_who_has_shown_the_password_may_do(examples: int, door: Door, tmp_path: Path) -> None:
    accounts = Accounts.of(tmp_path)
    accounts.people.add("spare", Role.ADMIN, "a few good words")
    person = accounts.people.add("resting", Role.VIEWER, "a few good words")
    for _ in range(10):
        accounts.tokens.make(person, "spare", RIGHTS[Role.VIEWER], 1.0)
        accounts.sessions.begin(person)
    spare = [each.id for each in accounts.tokens.all() if each.label == "spare"]
    known: dict[str, list[Any]] = KNOWN | {
        "path.id": [*spare, *(each.name for each in accounts.sessions.all("resting"))],
        "path.name": ["spare", "viewer", "mine"], "path.interlock": ["I1"], "path.alarm": ["I1"],
    }  # fmt: skip
    login = {"Cookie": f"vapordep_{PORT}={KEEPER.session}"}
    config = asked_of(login, known, examples, large=examples > 4, again=False)
    found = all_of(door, config, Role.ADMIN, frozenset(each.partition(" ")[2] for each in CONFIRMED))
    assert found.taken >= CONFIRMED, f"never taken, and so never tried: {CONFIRMED - found.taken}"


def all_of(
    door: Door, config: SchemathesisConfig, role: Role | None, only: frozenset[str] = frozenset()
) -> Found:  # fmt: skip
    """All that came of it; fails on whatever is wrong."""
    inside: Any = door._inside
    rights = {(method, route.path): right_of(route) for route in inside.routes for method in route.methods}
    found = Found()
    for told in played(door, config, only):
        assert not isinstance(told, events.FatalError | events.NonFatalError), told
        if isinstance(told, events.ScenarioFinished):
            judged(told, rights, role, found)
    assert not found.wrong, f"seed {config.seed}\n" + "\n\n".join(found.wrong[:10])
    assert only or {"fuzzing", "stateful"} <= {phase.lower() for phase in found.phases}
    return found
