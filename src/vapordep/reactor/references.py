"""Names in a reactor file that must be known: to the file itself, to the chemistry, or as a quantity."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from vapordep.errors import InputError, ReactorError
from vapordep.reactor.assembly import Assembly

T = TypeVar("T")


def each(assembly: Assembly, names: Iterable[str], make: Callable[[Assembly, str], T]) -> dict[str, T]:
    """What `make` gives of each name; those that are refused become findings."""
    made = {}
    for name in names:
        with assembly.gathering():
            made[name] = make(assembly, name)
    return made


def choose(assembly: Assembly, name: str, what: str, among: Iterable[str], *path: str | int) -> None:
    """Raises ReactorError unless `name` is one of those that the file has."""
    known = tuple(among)
    if name not in known:
        remedy = f"{what}s: {', '.join(known) or 'none'}"
        raise ReactorError(f"no {what} is called {name!r}", where=assembly.where(*path), remedy=remedy)


def located(look_up: Callable[[], T], where: str, remedy: str = "") -> T:
    """What `look_up` gives; its refusal gets the place in the file."""
    try:
        return look_up()
    except InputError as error:
        raise ReactorError(error.what, where=where, remedy=remedy or error.remedy) from None
