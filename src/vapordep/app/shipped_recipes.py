"""Whether a recipe is one of those shipped: by what is in it, for its name and its place say nothing about that."""

from contextlib import suppress
from hashlib import sha256

from vapordep.errors import FileError
from vapordep.files import data_folder
from vapordep.recipe import Recipe


def is_shipped(recipe: Recipe) -> bool:
    """Whether it, and each that it calls, is as this installation has it; reads every shipped recipe."""
    with suppress(FileError, OSError):  # where they cannot be read it is none of them, and may run all the same
        shipped = {sha256(path.read_bytes()).hexdigest() for path in data_folder("recipes").glob("*.yaml")}
        return {recipe.sha256, *(called.sha256 for called in recipe.called)} <= shipped
    return False
