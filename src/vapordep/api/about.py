"""What is installed here: vapordep and what it is made with, each with its version and licence."""

import platform
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from fastapi import FastAPI
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers.answer import Answer

_NAME = re.compile(r"[A-Za-z0-9._-]+")
KEYS = ("License-Expression", "License")
LONGEST = 60
"""Letters of what is told of a licence: some packages put its whole text there."""


class Part(Answer):
    """One package, as it tells of itself."""

    name: str
    version: str
    licence: str


class About(Answer):
    """What is installed."""

    version: str
    licence: str
    python: str
    parts: list[Part] = Field(description="What vapordep needs and finds here, by name.")


def add(app: FastAPI) -> None:
    """Adds the route."""

    @app.get("/api/about", dependencies=[Needs(Right.READ)])
    def about() -> About:
        """Versions and licences of vapordep and of all that it needs."""
        return _about()


@cache
def _about() -> About:
    own = distribution("vapordep")
    parts = sorted(_needed(own), key=lambda part: part.name.lower())
    return About(version=own.version, licence=_licence(own), python=platform.python_version(), parts=parts)


def _needed(own: Distribution) -> Iterator[Part]:
    """What it names as needed, extras as well where they are installed."""
    names = {wanted[0] for line in own.requires or () if (wanted := _NAME.match(line))}
    for name in names:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # of an extra that nobody wanted
        yield Part(name=found.metadata["Name"], version=found.version, licence=_licence(found))


def _licence(found: Distribution) -> str:
    told = next((each for key in KEYS for each in found.metadata.get_all(key) or () if each), "")
    kinds = [each.rpartition(" :: ")[2] for each in found.metadata.get_all("Classifier") or () if "License" in each]
    return (told if 0 < len(told) <= LONGEST else ", ".join(kinds)) or "see the package"
