"""Puts the reactor and recipe files into the wheel; an editable install reads them where they lie in the checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = ("reactors", "recipes")


class DataFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the data folders to a wheel as `vapordep/_data/<folder>`.

    The `force-include` table of pyproject.toml would copy them into site-packages for editable installs too, where they
    would go stale.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend the files of a standard wheel, leave an editable one alone."""
        if version == "standard":
            build_data["force_include"].update({f"{self.root}/{name}": f"vapordep/_data/{name}" for name in DATA})
