"""Schemas: quantities in SI, and findings in the words of the file."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from vapordep.errors import FileError, RecipeError
from vapordep.files import FileModel, finding, parse_yaml, quantity, validate
from vapordep.units import Dimension

Time = Annotated[float, quantity(Dimension.TIME, low=0.0, high=3600.0)]


class Dose(FileModel):
    kind: Literal["dose"] = "dose"
    source: str
    pulse: Time

    @field_validator("source")
    @classmethod
    def _no_water(cls, source: str) -> str:
        if source == "water":
            raise finding("water is called H2O here", "write H2O")
        return source


class Wait(FileModel):
    kind: Literal["wait"]
    until: Annotated[float, quantity(Dimension.TEMPERATURE)] | None = None


class Recipe(FileModel):
    name: str
    cycles: int = Field(default=1, ge=1)
    soft: bool = False
    valve_opening: Annotated[float, quantity(Dimension.FRACTION)] = 1.0
    pumping_speed: Annotated[float, quantity(Dimension.VOLUME_FLOW)] = Field(default=0.0, alias="speed")
    steps: list[Annotated[Dose | Wait, Field(discriminator="kind")]] = Field(default_factory=list)
    by_name: dict[str, Dose] = Field(default_factory=dict)


def findings(text: str, kind: type[FileError] | type[RecipeError] = FileError) -> list[str]:
    with pytest.raises(kind) as caught:
        validate(parse_yaml(text, "r.yaml"), Recipe, kind=kind)
    return [str(one) for one in caught.value.findings]


def test_quantities_are_held_in_si() -> None:
    text = "{name: x, valve_opening: 0.25, speed: 3.6 m3/h, steps: [{kind: dose, source: TMA, pulse: 50 ms}]}"
    recipe = validate(parse_yaml(text, "r.yaml"), Recipe)
    assert recipe.valve_opening == 0.25
    assert recipe.pumping_speed == pytest.approx(1e-3)
    assert recipe.steps == [Dose(source="TMA", pulse="50 ms")]  # type: ignore[arg-type]
    assert recipe.steps[0].pulse == 0.05  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("pulse", "told"),
    [
        ("50", "the unit is missing in '50'. Do: write a number and a unit of time: s, ms"),
        ("0.05", "the unit is missing in '0.05'"),
        ("0,05 s", "'0,05 s' has a comma"),
        ("true", "a time with its unit is expected, not true. Do: write a number and a unit, such as 1 s."),
        ("[1 s]", "a time with its unit is expected"),
        ("", "a time with its unit is expected, not nothing"),
        ("5 Pa", "'Pa' is a unit of pressure, but time is expected"),
        ("-5 s", "'-5 s' is too low. Do: write at least 0 s."),
        ("2 h", "'2 h' is too high. Do: write at most 60 min."),
    ],
)
def test_a_wrong_quantity_is_found_in_its_line(pulse: str, told: str) -> None:
    text = f"name: x\nsteps:\n  - kind: dose\n    source: TMA\n    pulse: {pulse}\n"
    [found] = findings(text)
    assert found.startswith(f"r.yaml:5: steps[0].pulse: {told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\ncylces: 3\n", "r.yaml:2: unknown key cylces. Do: write cycles."),
        ("name: x\nspede: 3\n", "r.yaml:2: unknown key spede. Do: write speed."),
        ("name: x\nby_name:\n  a: {source: TMA, pulse: 1 s,\n    puls: 2 s}",
         "r.yaml:4: unknown key by_name.a.puls. Do: write pulse."),
        ("name: x\nzzz: 3\n", "r.yaml:2: unknown key zzz. Do: take one of these, or delete it: by_name, cycles, name,"),
        ("cycles: 2\n", "r.yaml:1: the key 'name' is missing. Do: add `name: ...`."),
        ("name: x\nsteps:\n- kind: dose\n  pulse: 1 s", "r.yaml:3: steps[0]: the key 'source' is missing"),
        ("name: x\ncycles: 0\n", "r.yaml:2: cycles must be greater than or equal to 1, not 0. Do: write 1 or more."),
        ("name: x\ncycles: 1.5\n", "r.yaml:2: cycles must be a whole number, not 1.5"),
        ("name: 5\n", "r.yaml:1: name must be text, not 5. Do: write one text; a number"),
        ("name:\n", "r.yaml:1: name must be text; it is empty. Do: write one text"),
        ("name: x\nsoft: on\n", "r.yaml:2: soft must be true or false, not 'on'"),
        ("name: x\nsoft: 1\n", "r.yaml:2: soft must be true or false, not 1"),
        ("name: x\nsteps: 1\n", "r.yaml:2: steps must be a list, not 1. Do: write lines that begin with `- `."),
        ("name: x\nby_name: {a: 1}\n", "r.yaml:2: by_name.a must hold keys, not 1"),
        ("name: x\nsteps:\n- {kind: dos}\n", "r.yaml:3: steps[0]: 'dos' is not one of 'dose', 'wait'. Do: write dose."),
        ("name: x\nsteps:\n- {kind: dose, pulse: 1 s, source: water}\n",
         "r.yaml:3: steps[0].source: water is called H2O"),
    ],
)  # fmt: skip
def test_a_finding_speaks_the_words_of_the_file(text: str, told: str) -> None:
    [found] = findings(text)
    assert found.startswith(told)
    assert " Do: " in found


def test_all_findings_come_at_once_in_the_class_asked_for() -> None:
    found = findings("cycles: 0\nsteps:\n- {kind: dose, source: TMA, pulse: 50}\nsurprise: 1\n", RecipeError)
    assert [one.partition(": ")[0] for one in found] == ["r.yaml:1", "r.yaml:1", "r.yaml:3", "r.yaml:4"]


def test_a_part_of_a_document_keeps_its_place() -> None:
    document = parse_yaml("name: x\noptions:\n  first:\n    kind: dose\n    sorce: TMA\n    pulse: 1 s\n", "r.yaml")
    with pytest.raises(FileError) as caught:
        validate(document, Dose, at=("options", "first"))
    missing, unknown = map(str, caught.value.findings)
    assert missing == "r.yaml:3: options.first: the key 'source' is missing. Do: add `source: ...`."
    assert unknown == "r.yaml:5: unknown key options.first.sorce. Do: write source."


def test_infinity_is_no_number_of_a_file() -> None:
    class Gain(FileModel):
        gain: float

    with pytest.raises(ValidationError):
        Gain(gain=float("inf"))
    assert issubclass(Gain, BaseModel)
