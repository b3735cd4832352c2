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
from vapordep.accounts import passwords
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.api.application import application
from vapordep.api.door import Door
from vapordep.api.doorkeeper import right_of
from vapordep.api.trials import Trials
from vapordep.api.versions import Versions
from vapordep.history.catalogue import Catalogue
from vapordep.history.notebook import note

TURNED_AWAY = {400, 401, 403, 404, 405, 413, 415, 422}
"""What somebody without the right may be told: before the right is looked at, a request may be none at all."""
KNOWN = {
    "path.run": ["run-1", "run", "last"], "path.tag": ["chamber.pressure"], "query.tag": ["chamber.pressure"],
    "path.origin": ["shipped", "own"], "path.name": ["al2o3_on_lithium", "mine"], "path.number": [1, 2],
    "path.table": ["samples", "pulses", "events"], "query.run": ["run-1", "run-2"], "path.id": ["90001", "90002"],
}  # fmt: skip
"""Names of what is there: drawn at random, nothing would ever be found."""
SPARED = {"path.id"}
"""Never drawn at random: who ends the token that they ask with is told 401 ever after, and proves nothing."""


@dataclass
class Found:
    """What came of a run of Schemathesis."""

    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    phases: set[str] = field(default_factory=set)


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """An application with two runs, a note, a recipe of the lab's own, and somebody of each role."""
    source = house().accounts.store.path
    (tmp_path / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for run in ("run-1", "run-2"):
        record(tmp_path, run)
    with Catalogue.open(tmp_path) as catalogue, catalogue.entering() as connection:
        note(connection, "run-1", "hair", "ada", 3.0)
    Versions(tmp_path / "recipes").save("mine", "recipe: 1\n", "ada", "", 0)
    monkeypatch.setattr("vapordep.api.abort.ring", lambda *_: True)  # no guardian is there to be rung
    of = live()
    of.trials = Trials(("false",))
    return application(of, PORT, Accounts.of(tmp_path), engine=FarEnd())


def asked_of(role: Role | None, examples: int, *, large: bool) -> SchemathesisConfig:
    """In CI always the same requests; larger runs draw new ones, and the borders of every schema one by one."""
    login = {} if role is None else {"Authorization": f"Bearer {house().tokens[role]}"}
    given: dict[str, Any] = {
        "base-url": "http://localhost",
        "max-stream-events": 1,
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
            "ignored_auth": {"enabled": role is Role.ADMIN},
            "allow_header_conformance": {"enabled": False},  # own/{name} is an {origin}/{name} too, which may be read
            "unsupported_method": {"enabled": False},  # the door refuses what is no JSON first; see test_door
        },
        "dictionaries": {name: {"values": values} for name, values in KNOWN.items()},
        "parameters": {name: {"dictionary": name, "probability": 1.0 if name in SPARED else 0.7} for name in KNOWN},
    }  # fmt: skip
    return SchemathesisConfig.from_dict(given | ({} if large else {"seed": 1}))


def played(door: Door, config: SchemathesisConfig) -> Iterator[Any]:
    """The whole run; the description itself is read by an admin."""
    headers = {"Authorization": f"Bearer {house().tokens[Role.ADMIN]}", "Host": "localhost"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", door, config=config, headers=headers)
    yield from from_schema(schema).execute()


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
        right = rights.get((case.method.upper(), case.operation.path))
        if right is not None and right not in (RIGHTS[role] if role else ()) and status not in TURNED_AWAY:
            found.wrong.append(f"{case.operation.label} answered {status} to {role}: {case.as_curl_command()}")


@pytest.mark.parametrize(
    "examples", [2, pytest.param(20, marks=pytest.mark.many), pytest.param(200, marks=pytest.mark.very_many)]
)
@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR, Role.ADMIN])
def test_no_fault_no_answer_undescribed_and_no_right_too_many(role: Role | None, examples: int, door: Door) -> None:
    inside: Any = door._inside
    rights = {(method, route.path): right_of(route) for route in inside.routes for method in route.methods}
    config, found = asked_of(role, examples, large=examples > 2), Found()
    for told in played(door, config):
        assert not isinstance(told, events.FatalError | events.NonFatalError), told
        if isinstance(told, events.ScenarioFinished):
            judged(told, rights, role, found)
    assert not found.wrong, f"seed {config.seed}\n" + "\n\n".join(found.wrong[:10])
    assert {"fuzzing", "stateful"} <= {phase.lower() for phase in found.phases}
    assert (found.statuses[200] == 0) == (role is None), f"requests that nobody takes prove nothing: {found.statuses}"
