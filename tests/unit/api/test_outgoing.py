"""D18: nothing that is asked over the web makes the server ask somewhere else."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.api.asking import JSON, Answer, asked
from vapordep.accounts.roles import Role

ELSEWHERE = re.compile(r"url|uri|address|host|hook|resource|port|path|file|server|line|visa|proxy", re.IGNORECASE)
ADDRESSES = (
    "http://127.0.0.1:9/x", "https://169.254.169.254/latest/meta-data", "file:///etc/passwd", "//evil.test/x",
    "TCPIP::127.0.0.1::9::SOCKET", "\\\\evil.test\\share", "ftp://evil.test", "gopher://127.0.0.1:9",
)  # fmt: skip
RECIPE = """recipe: 1
name: asks elsewhere
process: ALD
substrate: silicon
steps:
  - call: {recipe: 'ADDRESS'}
"""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to reach anybody, and every name that is looked up."""
    made: list[Any] = []

    def refuse(*given: Any, **_: Any) -> Any:
        made.append(given[-1])
        raise OSError("nobody may be reached here")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return made


def test_no_request_has_a_place_for_an_address() -> None:
    """Of instruments and of notices they come from files at the computer."""
    described = asked("/api/openapi.json").json
    names = set(_given(described))
    assert {"recipe", "parameters", "text", "Control"} <= names, "they are found"
    assert [name for name in sorted(names) if ELSEWHERE.search(name)] == []


def _given(described: Any) -> Iterator[str]:
    """The names of all that a request may hold, however deep."""
    schemas, seen = described["components"]["schemas"], set()

    def walk(schema: Any) -> Iterator[str]:
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from walk(schemas[name])
        for key, each in schema.get("properties", {}).items():
            yield key
            yield from walk(each)
        parts = (schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict))
        for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *parts):
            yield from walk(each)

    for operation in (each for item in described["paths"].values() for each in item.values()):
        yield from (parameter["name"] for parameter in operation.get("parameters", ()))
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield from walk(content["schema"])


def posted(path: str, body: object) -> Answer:
    return asked(path, Role.ADMIN, method="POST", headers=JSON, body=body)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_place_of_a_name_is_no_name(address: str, connected: list[Any]) -> None:
    for path in ("/api/runs", "/api/dry-runs"):
        assert posted(path, {"recipe": address}).status in (404, 409, 422)
    for path in ("/api/recipes/check", "/api/recipes/timeline"):
        answer = posted(path, {"text": RECIPE.replace("ADDRESS", address)})
        assert answer.status in (200, 422), "told what is wrong with it"
        assert b"root:" not in answer.body
    assert connected == []


def test_an_attempt_would_be_noticed(connected: list[Any]) -> None:
    with pytest.raises(OSError, match="nobody may be reached"), socket.socket() as line:
        line.connect(("127.0.0.1", 9))
    assert connected == [("127.0.0.1", 9)]
