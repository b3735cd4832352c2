"""What the Python client takes for an address, a token and an answer, and what it says of anything else."""

import io
import json
from email.message import Message
from urllib.error import HTTPError

import pytest

from vapordep.client.asking import Asking
from vapordep.errors import CommandRefused, InputError, LinkError, TooManyTries

HERE = "http://localhost:8740"


@pytest.mark.parametrize(
    "url", ["", "localhost:8740", "ftp://localhost", "http://", "http://localhost:port", "http://localhost:0", "http://[::1"]
)  # fmt: skip
def test_what_is_no_address_of_a_page(url: str) -> None:
    with pytest.raises(InputError, match="is no address of a page"):
        Asking(url, "token", 1.0)


@pytest.mark.parametrize("token", [None, "", " \n", "two\nlines", "t\u00f6ken"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(InputError, match="is no token"):
        Asking(HERE, token, 1.0)


def asking(monkeypatch: pytest.MonkeyPatch, answer: bytes, shows: str = "token") -> tuple[Asking, list[str]]:
    """One that is answered so, and what it showed."""
    made, shown = Asking(HERE, shows, 1.0), list[str]()

    def opened(request: object, timeout: float) -> io.BytesIO:
        shown.append(request.get_header("Authorization"))  # type: ignore[attr-defined] # of urllib's Request
        return io.BytesIO(answer)

    monkeypatch.setattr(made._opener, "open", opened)
    return made, shown


def test_a_token_out_of_a_file_ends_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lab, shown = asking(monkeypatch, b"{}", "vapordep_x\n")
    assert lab.object("/api/me") == {}
    assert shown == ["Bearer vapordep_x"]


def test_another_program_at_that_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lab, _ = asking(monkeypatch, b"<!doctype html><p>It works!")
    for ask in (lambda: lab.object("/api/me"), lambda: lab.rows("/api/samples"), lambda: lab.change("/api/x", {})):
        with pytest.raises(LinkError, match="no vapordep"):
            ask()


def test_an_error_is_raised_as_it_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the interlocks that stand against it, and when it may be tried again."""
    lab, _ = asking(monkeypatch, b"")

    def refusing(told: dict[str, object], **headers: str) -> None:
        head, body = Message(), io.BytesIO(json.dumps({"where": "", "remedy": "", **told}).encode())
        for name, value in headers.items():
            head[name.replace("_", "-")] = value

        def opened(request: object, timeout: float) -> None:
            raise HTTPError(HERE, 400, "no", head, body)

        monkeypatch.setattr(lab._opener, "open", opened)

    refusing({"type": "CommandRefused", "message": "shut", "interlocks": ["P3"]})
    with pytest.raises(CommandRefused, match="shut") as closed:
        lab.change("/api/commands", {})
    assert closed.value.interlocks == ("P3",)
    refusing({"type": "TooManyTries", "message": "too often"}, retry_after="15")
    with pytest.raises(TooManyTries) as often:
        lab.object("/api/me")
    assert often.value.wait == 15.0
