"""Orders on record: the intent before, the outcome after; what makes safer waits for no record."""

from dataclasses import dataclass, field

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, FarEnd, asked, house, live
from vapordep.accounts.roles import Role
from vapordep.api.application import application
from vapordep.api.live.engine import Under
from vapordep.api.operate.audited import Audited, in_words, makes_safer
from vapordep.errors import CommandRefused, HistoryError
from vapordep.link.authority import KeepControl
from vapordep.link.orders import Arm, AskRun, CommandOutput, Disarm, JudgeCommand, Order, SetAside
from vapordep.link.replies import Done
from vapordep.model.run import Verb

OPEN = CommandOutput("TMA.valve", 1.0, "ada", 'te"st\n\x1b[31m')


@dataclass
class Book:
    """Takes the notes; with `full` it cannot."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    full: bool = False

    def __call__(self, person: str, what: str) -> None:
        if self.full:
            raise HistoryError("no space")
        self.notes.append((person, what))


class Watching(FarEnd):
    """Remembers what had been noted when an order came."""

    def __init__(self, book: Book, error: Exception | None = None) -> None:
        super().__init__()
        self.book, self.error, self.seen = book, error, list[list[tuple[str, str]]]()

    def call(self, order: Order, within: float = 5.0, under: object = None) -> Done:
        self.seen.append(list(self.book.notes))
        if self.error is not None:
            raise self.error
        return super().call(order, within)


def test_the_intent_is_noted_before_and_the_outcome_after() -> None:
    book = Book()
    end = Watching(book)
    Audited(end, book).call(OPEN)
    told = r'command output: tag "TMA.valve", value 1.0, reason "te\"st\n\u001b[31m"'
    assert end.seen == [[("ada", f"orders {told}")]]
    assert book.notes[1:] == [("ada", f"{told}: done")]


def test_an_order_that_is_sent_again_is_known_by_its_key() -> None:
    book = Book()
    for key in ("drawn once", "drawn once", "\x1b[31m" + "x" * 100):
        Audited(FarEnd(), book).call(OPEN, under=Under(key=key))
    first, second, hostile = book.notes[1::2]
    assert first == second
    assert first[1].endswith('(key "drawn once"): done')
    assert hostile[1].endswith(f'(key "\\u001b[31m{"x" * 35}"): done')


def test_a_refusal_is_noted_too() -> None:
    book = Book()
    with pytest.raises(CommandRefused):
        Audited(Watching(book, CommandRefused("stays closed")), book).call(OPEN)
    assert book.notes[1][1].endswith(": CommandRefused, stays closed")


@pytest.mark.parametrize("order", [Disarm("ada"), AskRun(Verb.HOLD, "ada"), AskRun(Verb.STOP, "ada")])
def test_what_makes_safer_waits_for_no_record(order: Order, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book()
    before = Watching(book)
    Audited(before, book).call(order)
    assert (before.seen, len(book.notes)) == ([[]], 1)
    end = FarEnd()
    Audited(end, Book(full=True)).call(order)
    assert end.orders == [order]
    assert "could not be noted" in capsys.readouterr().err


@pytest.mark.parametrize(
    "order",
    [OPEN, Arm("ada"), AskRun(Verb.RESTART, "ada"), AskRun(Verb.RESUME, "ada"), SetAside("F1", "ada", "x", 1.0)],
)
def test_all_else_does_not(order: Order) -> None:
    end = FarEnd()
    with pytest.raises(HistoryError):
        Audited(end, Book(full=True)).call(order)
    assert end.orders == []
    assert not makes_safer(order)


def test_questions_are_not_noted_and_long_ones_are_cut() -> None:
    book = Book()
    for order in (KeepControl("ada"), JudgeCommand("TMA.valve", 1.0)):
        Audited(FarEnd(), book).call(order)
    assert book.notes == []
    Audited(FarEnd(), book).call(CommandOutput("x" * 5000, 1.0, "ada"))
    assert max(len(what) for _, what in book.notes) == 500
    assert in_words(Disarm("ada")) == "disarm"


def test_over_the_web_who_keeps_the_accounts_sees_both() -> None:
    app = application(live(), PORT, house().accounts, engine=FarEnd())
    for order in ("disarm", "arm"):
        answer = asked(f"/api/{order}", Role.OPERATOR, method="POST", headers=JSON | {"origin": HERE}, body={}, app=app)
        assert answer.status == 200
    latest = asked("/api/audit?most=3", Role.ADMIN, app=app).json
    assert [each["what"] for each in latest] == ["arm: done", "orders arm", "disarm: done"]
    assert {each["person"] for each in latest} == {"operator"}
