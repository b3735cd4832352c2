"""Reading YAML: what comes out, where it stood, and everything that is refused with file and line."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.errors import FileError
from vapordep.files import MAX_BYTES, Document, parse_yaml, read_yaml


def read(text: str) -> Document:
    return parse_yaml(text, "recipe.yaml")


def test_a_file_is_read_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: Al2O3, 4 nm\r\nsteps:\r\n  - dose: {source: TMA, pulse: 50 ms}\r\n")
    document = read_yaml(path)
    assert document.data == {"name": "Al2O3, 4 nm", "steps": [{"dose": {"source": "TMA", "pulse": "50 ms"}}]}
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.where(("steps", 0, "dose", "pulse")) == f"{path}:3"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("1:30", "1:30"),
        ("2026-10-01", "2026-10-01"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("'5'", "5"),
        ("true", True),
        ("~", None),
        ("", None),
        ("0x1F", 31),
        ("0o17", 15),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("3.", 3.0),
        ("1000000000000", 10**12),
        ("|-\n  two\n  lines", "two\nlines"),
    ],
)
def test_plain_values_follow_the_core_schema_of_yaml_1_2(written: str, value: object) -> None:
    [read_value] = read(f"key: {written}\n").data.values()
    assert (read_value, type(read_value)) == (value, type(value))


def test_every_value_knows_its_line() -> None:
    document = read("name: x\nsteps:\n  - dose:\n      source: TMA\n\n  - [1,\n     2]\n")
    assert document.where(("steps", 0, "dose", "source")) == "recipe.yaml:4"
    assert document.where(("steps", 1, 1)) == "recipe.yaml:7"
    assert document.where(("steps", 0, "dose", "pulse", 3)) == "recipe.yaml:3", "the nearest parent"
    assert document.where() == document.where(("nothing",)) == "recipe.yaml:1"
    assert document.part(("steps", 1)) == [1, 2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: &x 2\n", r":2:4: anchors"),
        ("a: 1\nb: *x\n", r":2:4: anchors"),
        ("a: {<<: 1}\n", r":1:5: merge keys"),
        ("a: !!str 1\n", r":1:4: the tag .*str is not taken"),
        ("a: !safe {}\n", r":1:4: the tag"),
        ("a: 1\nb: 2\na: 3\n", r":3:1: the key 'a' is there twice, first in line 1"),
        ("heat: {stage: 0,5 K, walls: 0,5 K}\n", r":1:31: the key '5 K' is there twice.*decimal sign as a point"),
        ("a:\n  1: x\n", r":2:3: this key is not text"),
        ("true: x\n", r":1:1: this key is not text"),
        ("? [a]\n: x\n", r":1:3: this key is not text"),
        ("a: .nan\n", r":1:4: .nan is not a number"),
        ("a: -.INF\n", r":1:4: -.INF is not a number"),
        ("a: 010\n", r":1:4: '010' begins with a 0"),
        ("a: -08\n", r":1:4: '-08' begins with a 0"),
        ('a: "\\ud800"\n', r":1:4: a character that no text may hold"),
        ("a: 1e999\n", r":1:4: '1e999' is too large"),
        (f"a: {'9' * 5000}\n", r":1:4: '9+\.\.\. is too large"),
        (f"a: {'0' * 5000}\n", r":1:4: '0+\.\.\. is too large"),
        ("a: 1\n---\nb: 2\n", r":2:1: a second document"),
        ("%YAML 1.1\n---\na: on\n", r":2:1: a directive"),
        ("", r": the file is empty"),
        ("# only a comment\n", r": the file is empty"),
        ("~", r": the file is empty"),
        ("- a\n", r":1:1: the file does not begin with a key"),
        ("just words", r":1:1: the file does not begin with a key"),
        ("a: b: c\n", r":1:5: this is not YAML: mapping values are not allowed"),
        ("a:\n\t- b\n", r":2:1: this is not YAML: .*Do: indent with blanks"),
        ("a: 'open\n", r":2:1: this is not YAML"),
        ("a: 1\nb: \0\n", r":2: a character that no text may hold"),
        ('a: "\\UFFFFFFFF"\n', r": this is not YAML"),
        ("a: \ud800\n", r":1: the text is not UTF-8"),
    ],
)
def test_what_is_not_our_yaml_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(FileError, match=rf"^recipe\.yaml{told}") as caught:
        read(text)
    assert caught.value.remedy
    assert caught.value.exit_status == 2


def test_twenty_levels_are_the_deepest() -> None:
    read("a: " + "[" * 19 + "]" * 19)
    with pytest.raises(FileError, match="deeper than 20 levels"):
        read("a: " + "[" * 20 + "]" * 20)


@pytest.mark.parametrize("bomb", ["a: " + "[" * 1_000_000, "- " * 500_000, "{a: " * 250_000])
def test_a_bomb_costs_nothing(bomb: str) -> None:
    start = time.process_time()
    with pytest.raises(FileError):
        read(bomb)
    assert time.process_time() - start < 1.0


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10 * MAX_BYTES)
    start = time.process_time()
    with pytest.raises(FileError, match=r"large.yaml: the file has 10\.0 MiB"):
        read_yaml(path)
    assert time.process_time() - start < 0.2
    with pytest.raises(FileError, match="MiB"):
        read("#" * (MAX_BYTES + 1))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reactor.yaml").touch()
    with pytest.raises(FileError, match=r"no such file. Do: .* reactor.yaml lies in the same folder"):
        read_yaml(tmp_path / "recator.yaml")
    with pytest.raises(FileError, match="no such file"):
        read_yaml(tmp_path / "missing" / "reactor.yaml")
    with pytest.raises(FileError, match="is a folder"):
        read_yaml(tmp_path)
    with pytest.raises(FileError, match="cannot be read"):
        read_yaml("a\0b")
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: 5 µm\n".encode("latin-1"))
    with pytest.raises(FileError, match=r"latin.yaml:2: the text is not UTF-8"):
        read_yaml(tmp_path / "latin.yaml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="not an ordinary file"):
        read_yaml(tmp_path / "pipe")


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-1e9, 1e9) | st.text("abc 1:,-", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab 1~", max_size=4), inner, max_size=3),
    max_leaves=12,
)


def written(value: Any) -> str:
    """YAML of a value in flow style, every text quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {written(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f'"{value}"' if isinstance(value, str) else repr(value)


@given(st.dictionaries(st.text("ab 1~", max_size=4), plain, max_size=3))
def test_what_is_written_is_read(data: dict[str, Any]) -> None:
    assert read(written(data)).data == data


@given(st.text() | st.text("ab:-[]{}&*!|>'\"%@`#,?\n\t ~<0x.e\\", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        data = read(text).data
    except FileError as error:
        refused = error
    else:
        assert isinstance(data, dict)
        return
    assert refused.where.startswith("recipe.yaml")
    assert refused.remedy
