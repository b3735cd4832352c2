"""Lazy data classes do what those of the standard library do, only later."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace
from inspect import signature
from itertools import product
from typing import Any

import pytest

from vapordep.lazy import FEW
from vapordep.lazy import dataclass as lazy

Decorator = Callable[..., Any]


@lazy(frozen=True, slots=True)
class Point:
    """Kept at the top of the module, so that it can be pickled."""

    x: float
    y: float = 0.0
    tags: list[str] = field(default_factory=list)


@lazy(frozen=True, slots=True)
class Corner(Point):
    """Has a field more, and looks at itself."""

    angle: float = field(default=90.0, kw_only=True)

    def __post_init__(self) -> None:
        if self.angle <= 0.0:
            raise ValueError("flat")


def classes(dataclass: Decorator) -> tuple[Any, ...]:
    """The same classes by one decorator: frozen with all kinds of fields, its child, one by names, one that changes."""

    @dataclass(frozen=True, slots=True)
    class Frozen:
        a: int
        b: str = "b"
        c: list[int] = field(default_factory=list, repr=False)
        d: int = field(default=4, init=False, compare=False)
        e: dict[str, int] = field(default_factory=dict, init=False)

    @dataclass(frozen=True, slots=True)
    class Child(Frozen):
        b: str = "child"
        f: float = 1.5

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        a: int
        b: tuple[int, ...] = ()

    @dataclass(slots=True)
    class Changing:
        a: int
        seen: int = field(init=False)
        inner: "Any" = None

        def __post_init__(self) -> None:
            self.seen = self.a + 1

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return Frozen, Child, Named, Changing, Empty


CALLS: list[tuple[int, tuple[Any, ...], dict[str, Any]]] = [
    *((which, given, named) for which, given, named in product((0, 1), ((1,), (1, "x"), (1, "x", [3])), ({},))),
    (0, (), {"a": 1, "c": [2]}), (1, (1,), {"f": 2.0}), (0, (), {}), (0, (1, "x", [3], 4), {}), (0, (1,), {"d": 2}),
    (2, (), {"a": 1}), (2, (), {"a": 1, "b": (2,)}), (2, (1,), {}), (2, (), {"z": 1}),
    (3, (1,), {}), (3, (1, "inner"), {}), (3, (), {"seen": 1}), (4, (), {}), (4, (1,), {}),
]  # fmt: skip


def outcome(made: Callable[[], Any]) -> object:
    """What an instance shows of itself, or how it was refused."""
    try:
        one = made()
    except TypeError as error:
        return type(error), str(error).rpartition(".")[2]
    values = [getattr(one, each.name) for each in fields(one)]
    return repr(one), values, one == copy.copy(one), dataclasses.asdict(one)


@pytest.mark.parametrize(("which", "given", "named"), CALLS)
def test_instances_are_those_of_the_standard_decorator(
    which: int, given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    ours, theirs = classes(lazy)[which], classes(dataclasses.dataclass)[which]
    for _ in range(FEW + 2):  # the last ones by a method of their own
        assert outcome(lambda: ours(*given, **named)) == outcome(lambda: theirs(*given, **named))


def test_signature_and_patterns_are_known_before_the_first_instance() -> None:
    for ours, theirs in zip(classes(lazy), classes(dataclasses.dataclass), strict=True):
        assert list(signature(ours).parameters) == list(signature(theirs).parameters)
        assert ours.__match_args__ == theirs.__match_args__


def test_what_is_equal_has_one_hash_and_other_classes_are_never_equal() -> None:
    _, _, named, changing, empty = classes(lazy)
    one, same, other = named(a=1, b=(2,)), named(a=1, b=(2,)), named(a=1, b=(3,))
    assert one == same
    assert hash(one) == hash(same) == hash((1, (2,)))
    assert one != other
    assert one != Corner(1.0)
    assert Point(1.0) != Corner(1.0)
    assert hash(empty()) == hash(())
    with pytest.raises(TypeError, match="unhashable"):
        hash(changing(1))


def test_what_does_not_compare_does_not_count() -> None:
    frozen, *_ = classes(lazy)
    one, other = frozen(1), frozen(1)
    object.__setattr__(other, "d", 5)
    assert one == other
    assert "d=5" in repr(other)
    assert "c=" not in repr(other)


def test_a_frozen_one_can_neither_be_changed_nor_given_more() -> None:
    point = Point(1.0)
    for name in ("x", "new"):
        with pytest.raises(FrozenInstanceError, match=name):
            setattr(point, name, 2.0)
    with pytest.raises(FrozenInstanceError, match="delete"):
        del point.x
    assert point == Point(1.0)


def test_copies_replacements_and_pickles() -> None:
    corner = Corner(1.0, 2.0, ["a"], angle=45.0)
    assert pickle.loads(pickle.dumps(corner)) == corner  # noqa: S301 - our own
    assert copy.deepcopy(corner) == corner
    assert replace(corner, x=3.0) == Corner(3.0, 2.0, ["a"], angle=45.0)
    with pytest.raises(ValueError, match="flat"):
        replace(corner, angle=0.0)


def test_a_class_without_the_decorator_may_extend_one() -> None:
    class Told(Point):
        def __init__(self, x: float) -> None:
            super().__init__(x, 2 * x)

    assert list(signature(Told).parameters) == ["x"]
    assert (Told(1.0).y, Told(2.0).y) == (2.0, 4.0)


def test_one_that_holds_itself_can_be_shown() -> None:
    *_, changing, _ = classes(lazy)
    one = changing(1)
    one.inner = one
    assert repr(one).endswith("inner=...)")


def test_without_slots_it_is_refused() -> None:
    with pytest.raises(TypeError, match="slots"):
        lazy(frozen=True, slots=False)
