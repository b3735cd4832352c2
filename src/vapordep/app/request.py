"""What is asked for: recipe, reactor, settings, samples - read from the command line, checked before anything runs."""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from vapordep.app.places import reactor_file, recipe_file, recipe_or_reactor_file, written_for
from vapordep.errors import FileError, InputError
from vapordep.history.folder import default_folder
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.model.run import Decided, SampleOnStage
from vapordep.reactor import read_reactor
from vapordep.recipe.language.sequences import write_recipe

Hot = float | Mapping[str, float]
"""K: the temperature of stage and walls, or of each zone by its name."""
NOBODY = "unknown"
"""The operator where the system knows no name for the user."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run as a person asks for it; `settings` are texts by parameter name."""

    recipe: Path
    reactor: Path
    history: Path
    operator: str
    settings: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[SampleOnStage, ...] = ()
    seed: int = 0
    hot: Hot | None = None
    """The simulated plant starts evacuated and so hot; None: in air, cold."""
    decided: Decided | None = None
    """The decision about another run that asks for this one, which then is its parent."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What else is kept with the run."""


def request(
    recipe: str, reactor: str | None = None, *, history: Path | None = None, operator: str | None = None,
    set_: Sequence[str] = (), sample: Sequence[str] = (), seed: int = 0,
) -> Request:  # fmt: skip
    """A request from what was written on the command line.

    Raises InputError for a file that is not there, a setting or a sample that is none.
    """
    file = _recipe(recipe, reactor, history or default_folder())
    return Request(
        recipe=file,
        reactor=reactor_file(reactor) if reactor else written_for(file) or reactor_file(None),
        history=history or default_folder(),
        operator=(operator or "").strip() or login_name(),
        settings=settings(set_),
        samples=samples(sample),
        seed=seed,
    )


def _recipe(name: str, reactor: str | None, folder: Path) -> Path:
    """A recipe file; or a sequence of the reactor that is named, as a recipe written down among its history.

    Without a reactor it may be a reactor file: that can be checked, and whatever else is wanted of it says what it is.
    """
    if reactor is None:
        return recipe_or_reactor_file(name)
    try:
        return recipe_file(name)
    except FileError as error:
        known = read_reactor(reactor_file(reactor))
        if name not in known.sequences:
            raise _neither(error, name, known) from None
    return write_recipe(known, name, folder)


def _neither(error: FileError, name: str, reactor: Reactor) -> FileError:
    """The error about what is no recipe; where it could have been meant as a sequence it names those of the reactor."""
    if not reactor.sequences or Path(name).suffix or Path(name).name != name:
        return error
    of_reactor = f"name a sequence of {reactor.name}: {', '.join(reactor.sequences)}"
    return FileError(
        "there is no such file", where=name, remedy=f"{of_reactor}; or {error.remedy.removeprefix('name ')}"
    )


def login_name() -> str:
    """Who is logged in, as far as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name; Windows without USERNAME
        return NOBODY


def settings(written: Sequence[str], option: str = "--set") -> dict[str, str]:
    """Parameters from `name=value`; raises InputError for anything else, or a name given twice."""
    found: dict[str, str] = {}
    for text in written:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            example = "such as --set cycles=50" if option == "--set" else "with the unit of the value"
            raise InputError(f"{option} {text!r} is no setting", remedy=f"write {option} name=value, {example}")
        if name in found:
            raise InputError(f"{name} is set twice", remedy="give it once")
        found[name] = value
    return found


def samples(written: Sequence[str]) -> tuple[SampleOnStage, ...]:
    """Samples from `ID` or `ID@POSITION`; raises InputError for an empty or repeated id."""
    found: dict[str, SampleOnStage] = {}
    for text in written:
        name, _, position = (part.strip() for part in text.partition("@"))
        if not name or name in found:
            what = f"--sample {text!r} {'is given twice' if name else 'has no id'}"
            raise InputError(what, remedy="write --sample ID or --sample ID@POSITION, each id once")
        found[name] = SampleOnStage(name, "", position)
    return tuple(found.values())
