"""The words of recipes: what an editor completes, for the served reactor, its names and units."""

from fastapi import FastAPI
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers.answer import Answer
from vapordep.api.live.live import Live
from vapordep.chemistry import substrate
from vapordep.reactor.table import tag_table, with_derived
from vapordep.recipe.language.forms import Form, Key, forms, named, top_keys
from vapordep.units import Dimension, spellings


class KeyShown(Answer):
    """One key: `dimension` is what a quantity in it measures, `values` are the words that it may be."""

    name: str
    needed: bool
    dimension: str | None
    names: str = Field(description="Of what its value is a name: source, line, output, tag; empty for none.")
    values: list[str]


class StepShown(Answer):
    """One step: an example of what follows its word, and its keys; with `names` those of the reactor are keys too."""

    word: str
    says: str
    example: str
    keys: list[KeyShown]
    names: str
    dimension: str | None = Field(description="Of the values of those names.")
    beside: bool = Field(description="Its keys stand beside the word, not beneath it.")


class Words(Answer):
    """All that may be written in a recipe for the served reactor."""

    steps: list[StepShown]
    keys: list[KeyShown] = Field(description="Of the file itself.")
    units: dict[str, list[str]] = Field(description="By dimension, as they are spelled.")
    names: dict[str, list[str]] = Field(description="What the reactor has, by kind.")
    outputs: dict[str, str] = Field(description="The dimension of each output.")
    tags: dict[str, str] = Field(description="The dimension of each tag.")


def add(app: FastAPI, live: Live) -> None:
    """Adds the route."""
    reactor = live.served.reactor
    filled = tag_table(reactor)
    tags = dict(pair for name in reactor.substrates for pair in with_derived(filled, reactor, substrate(name)).items())

    @app.get("/api/recipes/words", dependencies=[Needs(Right.READ)])
    def words() -> Words:
        """Every step with its keys, the units, and what the served reactor has to be named."""
        return Words(
            steps=[_step(form) for form in forms(reactor)],
            keys=[_key(key) for key in top_keys()],
            units={dimension.value: list(spellings(dimension)) for dimension in Dimension},
            names={**named(reactor), "tag": sorted(tags)},
            outputs={name: output.unit.dimension.value for name, output in reactor.outputs.items()},
            tags={name: tag.dimension.value for name, tag in tags.items()},
        )


def _step(form: Form) -> StepShown:
    told = {field: getattr(form, field) for field in ("word", "says", "example", "names", "beside")}
    dimension = form.dimension.value if form.dimension else None
    return StepShown(**told, keys=[_key(key) for key in form.keys], dimension=dimension)


def _key(key: Key) -> KeyShown:
    dimension = key.dimension.value if key.dimension else None
    return KeyShown(name=key.name, needed=key.needed, dimension=dimension, names=key.names, values=list(key.values))
