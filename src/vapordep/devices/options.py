"""Options: what a reactor file says of one instrument beyond its driver and line, checked key by key."""

from collections.abc import Iterable, Mapping

from vapordep.errors import ReactorError, UnitError
from vapordep.units import Dimension, parse

Option = str | float | int | bool

SERIAL = frozenset({"baud", "data_bits", "parity", "stop_bits"})
"""Options of the line, not of the driver."""
EVERYWHERE = frozenset({"reply_within"})
"""Options that every driver has."""
LONGEST_PATIENCE = 5.0
"""An instrument that takes longer than this to reply, in s, cannot be watched."""


class Options:
    """Reads the options of the instrument `where`; each method raises ReactorError that names key and instrument."""

    def __init__(self, options: Mapping[str, Option], where: str, known: Iterable[str]) -> None:
        self._options = options
        self.where = where
        allowed = {*known, *EVERYWHERE, *SERIAL}
        unknown = sorted(set(options) - allowed)
        if unknown:
            raise self._wrong(f"unknown option {unknown[0]!r}", f"known: {', '.join(sorted(allowed))}")

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._options.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(f"{key} is {value!r}", f"give a whole number from {low} to {high}")
        return value

    def word(self, key: str, default: str, *, among: Iterable[str]) -> str:
        """One of the words `among`."""
        value = self._options.get(key, default)
        allowed = tuple(among)
        if value not in allowed:
            raise self._wrong(f"{key} is {value!r}", f"give one of {', '.join(allowed)}")
        return str(value)

    def words(self, key: str, default: str, *, among: Iterable[str]) -> tuple[str, ...]:
        """Some of the words `among`, with commas between; none for an empty default."""
        allowed = tuple(among)
        text = str(self._options.get(key, default))
        found = tuple(word.strip() for word in text.split(",")) if text else ()
        for word in found:
            if word not in allowed:
                raise self._wrong(f"{key} holds {word!r}", f"give some of {', '.join(allowed)}, with commas between")
        return found

    def quantity(self, key: str, dimension: Dimension) -> float | None:
        """A quantity with its unit, such as `100 sccm`, in SI; None when it is not given."""
        if key not in self._options:
            return None
        try:
            return parse(str(self._options[key]), dimension)
        except UnitError as error:
            raise self._wrong(f"{key}: {error.what}", error.remedy) from error

    def size(self, key: str, dimension: Dimension, default: float) -> float:
        """A quantity above zero, such as the full scale `1 Torr`, in SI; `default` when it is not given."""
        value = self.quantity(key, dimension)
        if value is not None and not value > 0.0:
            raise self._wrong(f"{key} is {self._options[key]!r}", "give a quantity above zero")
        return default if value is None else value

    def reply_within(self, default: float) -> float:
        """How long a reply may take, in s: the option `reply_within`, such as `0.8 s`, or else `default`."""
        given = self.quantity("reply_within", Dimension.TIME)
        if given is not None and not 0.0 < given <= LONGEST_PATIENCE:
            raise self._wrong(f"reply_within is {given:g} s", f"give a time up to {LONGEST_PATIENCE:g} s")
        return default if given is None else given

    def _wrong(self, what: str, remedy: str) -> ReactorError:
        return ReactorError(what, where=self.where, remedy=remedy)
