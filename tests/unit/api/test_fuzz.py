"""Requests drawn from the description of the API itself, fit and unfit, for every role: no fault, no right too many.

Every refusal has its form, and no role gets an answer that its rights do not give.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, FarEnd, asked, house, live
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.api.application import application
from vapordep.api.door import Door
from vapordep.api.doorkeeper import right_of
from vapordep.api.trials import Trials

APART = {"/api/stream", "/api/login", "/api/first", "/api/password", "/api/dry-runs"}
"""What never ends, waits longer each time, changes who is who, or begins a process: each has tests of its own."""
UNFIT: tuple[Any, ...] = (
    None, True, -1, 0, 10**400, 1e308, "", " ", "\x00", "é\u202e", "a" * 3000, "../../etc/passwd", "..\\x", "%2e%2e/",
    "'; --", "=1+1", "<script>alert(1)</script>", [], {}, [[]], {"a": {"b": []}}, "nan", "1e999 s", "²",
)  # fmt: skip


@dataclass(frozen=True)
class Fuzzed:
    """An application of its own, and what its description says."""

    door: Door
    spec: dict[str, Any]
    rights: dict[tuple[str, str], Right | None]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Fuzzed:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    source = house().accounts.store.path
    (folder / source.name).write_bytes(source.read_bytes())
    of = live()
    of.trials = Trials(("false",))
    door = application(of, PORT, Accounts.of(folder), engine=FarEnd())
    inside: Any = door._inside
    rights = {(method.lower(), route.path): right_of(route) for route in inside.routes for method in route.methods}
    return Fuzzed(door, asked("/api/openapi.json", app=door).json, rights)


def drawn(schema: Any, spec: Any, chance: random.Random, depth: int = 0) -> Any:
    """Something that the schema describes, or now and then something else."""
    if chance.random() < 0.25 or depth > 5:
        return chance.choice(UNFIT)
    if "$ref" in schema:
        return drawn(spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]], spec, chance, depth)
    if "anyOf" in schema:
        return drawn(chance.choice(schema["anyOf"]), spec, chance, depth)
    if "enum" in schema or "const" in schema:
        return chance.choice(schema.get("enum") or [schema["const"]])
    if schema.get("examples") and chance.random() < 0.5:
        return chance.choice(schema["examples"])
    if schema.get("type") == "object":
        named = {
            key: drawn(part, spec, chance, depth + 1)
            for key, part in schema.get("properties", {}).items()
            if key in schema.get("required", ()) or chance.random() < 0.5
        }
        return named | ({} if chance.random() < 0.9 else {"unknown": 1})
    if schema.get("type") == "array":
        return [drawn(schema.get("items", {}), spec, chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return chance.choice(_plain(schema))


def _plain(schema: Any) -> tuple[Any, ...]:
    match schema.get("type"):
        case "integer":
            return 0, 1, 2, 50, schema.get("minimum", -5), schema.get("maximum", 10**12)
        case "number":
            return 0.0, -1.5, 300.0, 1e-30, 1e300
        case "boolean":
            return True, False
    return "last", "TMA.valve", "walls.setpoint", "150 degC", "5 min", "a reason", "F1", "mine"


def requests(fuzzed: Fuzzed, chance: random.Random) -> Iterator[tuple[str, str, str, bytes]]:
    """(method, template, path, body) of one request to each operation."""
    for template, item in fuzzed.spec["paths"].items():
        if template in APART:
            continue
        for method, operation in item.items():
            path, query = template, []
            for parameter in operation.get("parameters", ()):
                value = drawn(parameter.get("schema", {}), fuzzed.spec, chance)
                if parameter["in"] == "path":
                    path = path.replace(f"{{{parameter['name']}}}", quote(str(value)[:300], safe="") or "x")
                elif parameter["in"] == "query" and chance.random() < 0.6:
                    query.append((parameter["name"], value))
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            body = json.dumps(drawn(schema, fuzzed.spec, chance)).encode() if schema else b"{}"
            yield method, template, path + (f"?{urlencode(query, doseq=True)}" if query else ""), body


@pytest.mark.parametrize(
    "rounds", [1, pytest.param(10, marks=pytest.mark.many), pytest.param(100, marks=pytest.mark.very_many)]
)
@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TRAINEE, Role.OPERATOR, Role.ADMIN])
def test_no_request_makes_a_fault_or_goes_beyond_the_role(role: Role | None, rounds: int, fuzzed: Fuzzed) -> None:
    chance = random.Random(f"{role}")  # noqa: S311 - no secret
    answered = 0
    for _ in range(rounds):
        for method, template, path, body in requests(fuzzed, chance):
            headers = JSON | {"origin": HERE, "control": "7-x", "seen": "e:4"}
            answer = asked(path, role, method=method.upper(), headers=headers, body=body, app=fuzzed.door)
            told = f"{method} {path} {body[:300]!r}: {answer.status} {answer.body[:300]!r}"
            assert answer.status < 500 or answer.json["type"] in ("NoEngine", "HistoryError"), told
            right = fuzzed.rights[method, template]
            if right is not None and right not in (RIGHTS[role] if role else ()):
                assert answer.status in (401, 403, 404, 422), told
            if answer.status >= 400:
                assert {"type", "message", "where", "remedy"} <= set(answer.json), told
            answered += answer.status == 200
    assert (answered == 0) == (role is None), "requests that nobody takes prove nothing"
