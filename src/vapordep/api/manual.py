"""The description of the API that is its manual: every route with its sentence, its right and all its refusals."""

import inspect
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from vapordep.api.access.doorkeeper import Doorkeeper, right_of
from vapordep.api.answers.answer import REFUSED, Refusal
from vapordep.api.answers.answer_examples import ANSWERS
from vapordep.api.examples import BODIES
from vapordep.api.live.engine import under

EVER = (400, 422, 503)
OF_CHANGES = (403, 408, 413, 415)
OF_ORDERS = (409, 502)
"""Whatever goes to the engine under somebody's control."""
LONGEST_SUMMARY = 90
FOREIGN = ("HTTPValidationError", "ValidationError")
"""Refusals in a form that is not ours."""


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI text, with what every route has in common: refusals, rights, and sentences from the code."""
    text = deepcopy(app.openapi())  # FastAPI keeps its own and gives it out again
    schemas = text["components"]["schemas"]
    for name in FOREIGN:
        schemas.pop(name, None)
    schemas["Refusal"] = Refusal.model_json_schema()
    for name, body in BODIES.items():
        schemas[name]["examples"] = [body]
    for schema in schemas.values():
        for each in schema.get("properties", {}).values():
            each.pop("title", None)  # the name once more
    text["components"]["responses"] = {str(status): _refusal(*told) for status, told in REFUSED.items()}
    doorkeeper: Doorkeeper = app.state.doorkeeper
    text["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`vapordep tokens add` makes one."},
        "session": {"type": "apiKey", "in": "cookie", "name": doorkeeper.cookie, "description": "`POST /api/login`."},
    }
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    text["tags"] = list({tag["name"]: tag for tag in map(_tag, routes)}.values())
    for route in routes:
        for method in route.methods or ():
            _describe(text["paths"][route.path][method.lower()], route)
    for (method, path), example in ANSWERS.items():
        text["paths"][path][method]["responses"]["200"]["content"]["application/json"]["example"] = example
    return text


def _describe(operation: dict[str, Any], route: APIRoute) -> None:
    operation["tags"] = [_tag(route)["name"]]
    operation["summary"] = _sentence(route.endpoint)
    right = right_of(route)
    if right is None:
        operation["security"] = []
    else:
        operation["security"] = [{"token": []}, {"session": []}]
        operation["description"] += f"\n\nNeeds the right to {right}."
    told = operation["responses"]
    told.pop("422", None)  # not in our form
    refused = {*(int(status) for status in told if not status.startswith("2")), *_refusals(route)}
    good = {status: each for status, each in told.items() if status.startswith("2")}
    operation["responses"] = good | {str(s): {"$ref": f"#/components/responses/{s}"} for s in sorted(refused)}
    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("title", None)


def _refusal(when: str, example: Refusal) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Refusal"}, "example": example.model_dump(exclude_defaults=True)}
    return {"description": when, "content": {"application/json": content}}


def _refusals(route: APIRoute) -> Iterable[int]:
    """What follows from the form of a route; what else it refuses it says itself."""
    yield from EVER
    if right_of(route) is not None:
        yield from (401, 403)
    if "POST" in (route.methods or ()):
        yield from OF_CHANGES
    if route.param_convertors:
        yield 404
    if any(each.call is under for each in route.dependant.dependencies):
        yield from OF_ORDERS


def _tag(route: APIRoute) -> dict[str, str]:
    """What a route belongs to: the file that holds it."""
    module = inspect.getmodule(route.endpoint)
    name = route.endpoint.__module__.rpartition(".")[2].replace("_", " ")
    return {"name": name, "description": (inspect.getdoc(module) or "").partition("\n")[0]}


def _sentence(endpoint: Any) -> str:
    """The first one that the code says of it, as short as it may be."""
    first = (inspect.getdoc(endpoint) or "").partition("\n\n")[0].replace("\n", " ").partition(". ")[0].rstrip(".")
    return first if len(first) <= LONGEST_SUMMARY else first.partition(": ")[0].partition("; ")[0]
