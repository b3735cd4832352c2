"""The library of recipes: the shipped ones, and the lab's own in the history folder; known by name, never by path."""

from collections.abc import Iterator
from pathlib import Path

from vapordep.errors import NotThere
from vapordep.files import data_folder
from vapordep.lazy import dataclass

SHIPPED, OWN = "shipped", "own"


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """One recipe: `shipped/al2o3_on_lithium`."""

    origin: str
    name: str
    path: Path

    @property
    def id(self) -> str:
        """What it is known by."""
        return f"{self.origin}/{self.name}"


class Library:
    """Recipes by their ids. A name is looked up among the files that are there, and no path is made of it."""

    def __init__(self, history: Path) -> None:
        self.own = history / "recipes"

    def all(self) -> Iterator[RecipeFile]:
        """Every recipe, the shipped ones first, each by name."""
        for origin, folder in ((SHIPPED, data_folder("recipes")), (OWN, self.own)):
            for path in sorted(folder.glob("*.yaml")):
                if path.is_file() and not path.is_symlink():
                    yield RecipeFile(origin, path.stem, path)

    def file(self, id: str) -> RecipeFile:
        """The recipe of that id; raises NotThere."""
        found = next((each for each in self.all() if each.id == id), None)
        if found is None:
            raise NotThere(f"there is no recipe {id[:200]!r}", remedy="see /api/recipes")
        return found
