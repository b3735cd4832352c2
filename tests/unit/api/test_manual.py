"""The description of the API: valid as OpenAPI 3.1, and a manual: sentences, examples, what each answer is."""

import json
from typing import Any

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter

from tests.unit.api.asking import shared
from vapordep.api.answers.answer_examples import ANSWERS
from vapordep.api.manual import described

INSIDE: Any = shared()._inside
MANUAL = described(INSIDE)
OPERATIONS = {(method, path): each for path, of in MANUAL["paths"].items() for method, each in of.items()}
BODIES = [
    route for route in INSIDE.routes if isinstance(route, APIRoute) and route.include_in_schema and route.body_field
]


def test_it_is_valid() -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(MANUAL).iter_errors()] == []
    for schema in MANUAL["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_is_the_same_each_time() -> None:
    assert len({json.dumps(described(INSIDE)) for _ in range(2)}) == 1


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_each_route_tells_what_it_does_takes_and_answers(method: str, path: str) -> None:
    told = OPERATIONS[method, path]
    assert told["summary"], "a sentence"
    assert told["description"], "the whole"
    assert {each["name"] for each in told.get("parameters", ()) if not each.get("description")} == set()
    for status, answer in told["responses"].items():
        if status.startswith("2"):
            assert all(kind["schema"] for kind in answer["content"].values()), "what it answers"
        else:
            assert answer == {"$ref": f"#/components/responses/{status}"}
            [refusal] = MANUAL["components"]["responses"][status]["content"].values()
            assert set(refusal["example"]) >= {"type", "message", "where", "remedy"}


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_an_example_of_an_answer_is_one_that_may_come(method: str, path: str) -> None:
    answer = OPERATIONS[method, path]["responses"]["200"]["content"]["application/json"]
    schema = answer["schema"] | {"components": MANUAL["components"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(answer["example"])] == []


@pytest.mark.parametrize("route", BODIES, ids=lambda route: route.path)
def test_each_body_has_an_example_that_is_taken(route: APIRoute) -> None:
    told = OPERATIONS["post", route.path]["requestBody"]["content"]["application/json"]["schema"]
    name = (told.get("$ref") or next(each["$ref"] for each in told["anyOf"] if "$ref" in each)).rpartition("/")[2]
    [example] = MANUAL["components"]["schemas"][name]["examples"]
    [field] = route.dependant.body_params
    TypeAdapter(field.field_info.annotation).validate_python(example, strict=True)
