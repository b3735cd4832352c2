"""Reads the YAML 1.2 of the users strictly, with the line of every key.

Only what one sees is there: no anchors, aliases, merge keys, tags or directives, no duplicate keys, keys are text.
`on`, `no`, `1:30` and dates are text (YAML 1.2, core schema). Size and depth are bounded before they cost anything.
"""

import hashlib
import math
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from vapordep.errors import FileError

MAX_BYTES: Final = 1 << 20
"""Largest file that is read, bytes."""
MAX_DEPTH: Final = 20
"""Deepest nesting of mappings and lists."""

KeyPath = tuple[str | int, ...]
"""Keys and list indices that lead from the root of a document to a value."""
Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class Document:
    """A YAML file as read: `data` are plain dicts, lists, str, int, float, bool and None."""

    path: Path
    text: str
    data: dict[str, Any]
    sha256: str
    """Of the file's bytes, hexadecimal."""
    lines: Mapping[KeyPath, int] = field(repr=False)
    """Line of each key and list item, counted from 1."""

    def where(self, path: KeyPath = ()) -> str:
        """Return "file:line" of a value, or of the nearest thing around it that the file holds."""
        while path not in self.lines:
            path = path[:-1]
        return f"{self.path}:{self.lines[path]}"

    def part(self, path: KeyPath) -> Any:
        """Return the value at a key path; KeyError or IndexError when there is none."""
        value: Any = self.data
        for key in path:
            value = value[key]
        return value


def read_yaml(path: Path | str) -> Document:
    """Read a YAML file whose root is a mapping.

    Raises:
        FileError: the file cannot be read, is larger than `MAX_BYTES`, is not UTF-8, or is not the YAML that we take.
    """
    path = Path(path)
    return _file(path, _read_bytes(path))


def parse_yaml(text: str, path: Path | str) -> Document:
    """Read YAML from a text; `path` is what errors name as its place.

    Raises:
        FileError: as `read_yaml`.
    """
    path = Path(path)
    content = text.encode("utf-8", "surrogatepass")
    if len(content) > MAX_BYTES:
        raise _too_large(path, len(content))
    return _document(path, _decode(path, content), content)


def clip(value: object) -> str:
    """Show a value of the user's in an error as YAML has it, shortened."""
    shown = str(value).lower() if isinstance(value, bool) else "nothing" if value is None else repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


DECIMAL: Final = "write the decimal sign as a point, such as 0.05"


def is_decimal(key: str) -> bool:
    """Whether a key is what follows a decimal comma: in `{pulse: 0,05 s}` the comma ends the 0 and begins a key."""
    return key[:1].isdigit()


# --- bytes to text --------------------------------------------------------------------------------------------------


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise FileError("this is a folder, not a file", where=str(path), remedy="name a YAML file in it")
        if not stat.S_ISREG(status.st_mode):
            raise FileError("this is not an ordinary file", where=str(path), remedy="name a YAML file")
        if status.st_size > MAX_BYTES:
            raise _too_large(path, status.st_size)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise FileError("there is no such file", where=str(path), remedy=_near_file(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        what, remedy = f"this cannot be read: {reason}", "check the name and its rights"
        raise FileError(what, where=str(path), remedy=remedy) from error
    if len(content) > MAX_BYTES:
        raise _too_large(path, len(content))
    return content


def _too_large(path: Path, size: int) -> FileError:
    return FileError(
        f"the file has {size / MAX_BYTES:.1f} MiB, more than the 1 MiB that is read",
        where=str(path),
        remedy="use `repeat` instead of writing cycles out, or check that this is the file you mean",
    )


def _near_file(path: Path) -> str:
    siblings = [entry.name for entry in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
    near = get_close_matches(path.name, siblings, n=1)
    return f"check the name; {near[0]} lies in the same folder" if near else "check the name and the folder"


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError("the text is not UTF-8", where=f"{path}:{line}", remedy="save the file as UTF-8") from error


# --- text to data ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)  # a lab has few reactors and recipes, each is asked for often, and nobody changes what was read
def _file(path: Path, content: bytes) -> Document:
    return _document(path, _decode(path, content), content)


@lru_cache(maxsize=2)  # a text may come from anybody and be large: those of many are not kept
def _document(path: Path, text: str, content: bytes) -> Document:
    composer = _Composer(path, text)
    data = composer.root()
    return Document(path, text, data, hashlib.sha256(content).hexdigest(), composer.lines)


_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_TEN: Final = re.compile(r"[-+]?0+[1-9][0-9]*")
"""8 for some readers of YAML, and 10 for others."""
_OCTAL_OR_HEX: Final = re.compile(r"0o[0-7]{1,21}|0x[0-9a-fA-F]{1,16}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_HALF: Final = re.compile("[\ud800-\udfff]")
"""Half of a character, which an escape can write and no file can hold."""
_LARGEST: Final = 2.0**63
_MOST_DIGITS: Final = 300


class _Composer:
    """Builds plain data from ruamel's events, one at a time, so that a refusal comes before the rest is even read."""

    def __init__(self, path: Path, text: str) -> None:
        self.lines: dict[KeyPath, int] = {(): 1}
        self._path = path
        self._text = text
        self._events = self._safely(YAML(typ="safe", pure=True).parse(text))

    def root(self) -> dict[str, Value]:
        """Compose the one document, whose root must be a mapping.

        Raises:
            FileError: whatever is wrong first, with its file:line:column.
        """
        data: dict[str, Value] | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self._check_document(event, documents)
            elif isinstance(event, NodeEvent):
                data = self._root_mapping(event)
        if data is None:
            raise FileError("the file is empty", where=str(self._path), remedy="write it, or name another one")
        return data

    def _root_mapping(self, event: NodeEvent) -> dict[str, Value] | None:
        data = self._value(event, ())
        if data is not None and not isinstance(data, dict):
            self._refuse(event, "the file does not begin with a key", "begin with a line such as `name: ...`")
        return data

    def _safely(self, events: Iterator[Event]) -> Iterator[Event]:
        """Pass events on, turning what the parser objects to into one of our errors."""
        try:
            yield from events
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = f"this is not YAML: {error.problem or error.context}"
            tab = "\\t" in what or "tab" in what
            faults = "check the indentation, colons, quotes and brackets here and in the lines before"
            remedy = "indent with blanks, not tabs" if tab else faults
            raise FileError(what, where=self._place(mark), remedy=remedy) from error
        except ReaderError as error:
            line = self._text.count("\n", 0, error.position) + 1
            raise FileError(
                "a character that no text may hold",
                where=f"{self._path}:{line}",
                remedy="delete or retype that line; if it looks right, save the file as UTF-8",
            ) from error
        except (YAMLError, ValueError, OverflowError) as error:  # the last two: an escape beyond Unicode
            raise FileError(f"this is not YAML: {error}", where=str(self._path), remedy="check its quotes") from error

    def _check_document(self, event: DocumentStartEvent, count: int) -> None:
        if count > 1:
            self._refuse(event, "a second document begins here", "keep one document in a file; delete the `---`")
        if event.version is not None or event.tags:
            self._refuse(event, "a directive stands here", "delete the line that begins with %")

    def _value(self, event: Event, path: KeyPath) -> Value:
        self._check_node(event, path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        return self._mapping(path) if isinstance(event, MappingStartEvent) else self._list(path)

    def _check_node(self, event: Event, path: KeyPath) -> None:
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            self._refuse(event, "anchors (&) and aliases (*) are not taken", "write the value out, or quote the text")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._refuse(event, f"the tag {event.tag} is not taken", "delete it, or quote the text that begins with !")
        if isinstance(event, CollectionStartEvent) and len(path) >= MAX_DEPTH:
            self._refuse(event, f"this is nested deeper than {MAX_DEPTH} levels", "flatten it")

    def _mapping(self, path: KeyPath) -> dict[str, Value]:
        data: dict[str, Value] = {}
        while not isinstance(event := next(self._events), CollectionEndEvent):
            key = self._key(event, path, data)
            self.lines[(*path, key)] = event.start_mark.line + 1
            data[key] = self._value(next(self._events), (*path, key))
        return data

    def _list(self, path: KeyPath) -> list[Value]:
        data: list[Value] = []
        while not isinstance(event := next(self._events), CollectionEndEvent):
            item = (*path, len(data))
            self.lines[item] = event.start_mark.line + 1
            data.append(self._value(event, item))
        return data

    def _key(self, event: Event, path: KeyPath, siblings: dict[str, Value]) -> str:
        self._check_node(event, path)
        key = self._scalar(event) if isinstance(event, ScalarEvent) else None
        if not isinstance(key, str):
            self._refuse(event, "this key is not text", "put it in quotes, or name it with a word")
        if key == "<<":
            self._refuse(event, "merge keys (<<) are not taken", "write the keys out")
        if key in siblings:
            first = self.lines[(*path, key)]
            remedy = DECIMAL if is_decimal(key) else "delete one of them"
            self._refuse(event, f"the key {clip(key)} is there twice, first in line {first}", remedy)
        return key

    def _scalar(self, event: ScalarEvent) -> str | int | float | bool | None:
        text: str = event.value
        if _HALF.search(text):
            self._refuse(event, "a character that no text may hold", "delete or retype it")
        if not event.implicit[0]:  # quoted
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _NOT_FINITE.fullmatch(text):
            self._refuse(event, f"{text} is not a number to work with", "write a finite number")
        if _OCTAL_OR_TEN.fullmatch(text):
            self._refuse(
                event,
                f"{clip(text)} begins with a 0: some read it to the base of 8",
                "delete the 0; quote it if it is a name",
            )
        if not (_FLOAT.fullmatch(text) or _OCTAL_OR_HEX.fullmatch(text)):
            return text
        return self._number(event, text)

    def _number(self, event: ScalarEvent, text: str) -> int | float:
        based = _OCTAL_OR_HEX.fullmatch(text)
        number = float(int(text, 0)) if based else float(text)
        whole = based or _INTEGER.fullmatch(text)
        if abs(number) >= (_LARGEST if whole else math.inf) or len(text) > _MOST_DIGITS:
            self._refuse(event, f"{clip(text)} is too large", "check the number of digits; quote it if it is a name")
        return int(text, 0 if based else 10) if whole else number

    def _place(self, mark: Any) -> str:
        return str(self._path) if mark is None else f"{self._path}:{mark.line + 1}:{mark.column + 1}"

    def _refuse(self, event: Event, what: str, remedy: str) -> NoReturn:
        raise FileError(what, where=self._place(event.start_mark), remedy=remedy)
