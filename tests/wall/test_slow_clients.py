"""Clients that are slow on purpose: dozens that never finish a request keep nobody out, and are hung up on."""

import asyncio
import http.client
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn

from tests.unit.api.asking import house, live
from tests.wall.processes import PATIENCE
from vapordep.accounts.roles import Role
from vapordep.api import patience
from vapordep.api.access import door
from vapordep.api.application import application
from vapordep.api.live.live import Live
from vapordep.api.process import MOST_AT_ONCE
from vapordep.link.news import News, Value, ValuesRead
from vapordep.model.tags import Quality

pytestmark = pytest.mark.wall
HEAD, BODY = 1.0, 0.3
"""s in which the server wants all of either; a whole head must come in that time on a busy machine too."""
MANY = 2 * MOST_AT_ONCE


@pytest.fixture
def of() -> Live:
    """What the application knows of the engine."""
    return live()


@pytest.fixture
def port(of: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The application behind the real server, less patient."""
    monkeypatch.setattr(patience, "HEAD_WITHIN", HEAD)
    monkeypatch.setattr(door, "BODY_WITHIN", BODY)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=MANY)) as listening:
        number = listening.getsockname()[1]
        app = application(of, number, house().accounts)
        server = uvicorn.Server(uvicorn.Config(
            app, http=patience.Patient, log_level="critical", limit_concurrency=MOST_AT_ONCE, ws="none", lifespan="off"
        ))  # fmt: skip
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        yield number
        server.should_exit = True
        thread.join(60)


def opened(port: int, text: bytes) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    line.sendall(text)
    return line


def heard(line: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def request(port: int, path: str = "/api/me") -> bytes:
    token = house().tokens[Role.VIEWER]
    head = (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    return head.encode()


@pytest.mark.parametrize("said", [b"", b"G", b"GET /api/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_who_never_ends_a_head_is_hung_up_on_and_keeps_nobody_out(said: bytes, port: int) -> None:
    slow = [opened(port, said) for _ in range(MANY)]
    assert [heard(line) for line in slow] == [b""] * MANY, "they were answered nothing"
    with closing(opened(port, request(port))) as line:
        assert heard(line).startswith(b"HTTP/1.1 200")
    for line in slow:
        line.close()


def test_a_body_that_comes_too_slowly_is_refused(port: int) -> None:
    head = (
        f"POST /api/login HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{"
    )
    with closing(opened(port, head.encode())) as line:
        assert heard(line).startswith(b"HTTP/1.1 408")


def test_a_gigabyte_in_pieces_is_cut_off(port: int) -> None:
    head = (
        f"POST /api/login HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    with closing(opened(port, head.encode())) as line:
        try:
            while sent < 1 << 30:
                line.sendall(piece)
                sent += len(piece)
        except OSError:
            pass  # it hung up
    assert sent < 64 << 20


def test_a_second_request_on_a_connection_has_its_time_too(port: int) -> None:
    keep = request(port).replace(b"Connection: close\r\n", b"")
    with closing(opened(port, keep)) as line:
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.sendall(keep[:20])
        assert b"HTTP/1.1" not in heard(line), "what is left of the first answer at most"


def until(line: socket.socket, mark: bytes) -> bytes:
    """What comes, with the mark in it."""
    text = bytearray()
    while mark not in text[-(1 << 20) :]:
        part = line.recv(1 << 19)
        assert part, "it hung up"
        text += part
    return bytes(text)


def test_who_does_not_read_the_stream_holds_up_nobody_and_is_told_what_they_lost(port: int, of: Live) -> None:
    """The kernel takes some megabytes for who does not read, the server 64 KiB, and the ring has the rest."""
    of.stream._ring = deque(maxlen=5)

    def tell(number: int) -> bytes:
        assert of.picture is not None
        values = tuple(Value(tag, 1.0, 1.0, Quality.GOOD) for tag in ("x" * 200_000, f"<{number}>"))
        of.stream.take(News(of.picture.epoch, number, 1.0, ValuesRead(values)))
        of.stream.send()
        return f"<{number}>".encode()

    with closing(opened(port, request(port, "/api/stream"))) as quick, closing(socket.socket()) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(PATIENCE)
        slow.connect(("127.0.0.1", port))
        slow.sendall(request(port, "/api/stream"))
        for line in (quick, slow):
            until(line, b"event: snapshot")
        for number in range(5, 65):
            until(quick, tell(number))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        before = until(slow, b"event: gap")
        assert before.count(b"event: news") < 60
        until(slow, tell(65))


def test_the_stream_is_a_body_in_chunks_that_any_client_reads(port: int, of: Live) -> None:
    """Messages take a way of their own past the server's own framing; a client that is not ours takes them apart."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
        head = {"Host": f"localhost:{port}", "Authorization": f"Bearer {house().tokens[Role.VIEWER]}"}
        line.request("GET", "/api/stream", headers=head)
        with line.getresponse() as answer:
            assert answer.headers["transfer-encoding"] == "chunked"
            lines = (each.decode() for each in answer)
            assert next(each for each in lines if each.startswith("event: ")) == "event: snapshot\n"
            assert next(lines).startswith("id: ")
            for number in range(5, 15):
                assert of.picture is not None
                news = ValuesRead((Value("chamber.pressure", 1.0, number, Quality.GOOD),))
                of.stream.take(News(of.picture.epoch, number, 1.0, news))
                of.stream.send()
                assert next(each for each in lines if each.startswith("id: ")).endswith(f":{number}\n")
                told = json.loads(next(lines).removeprefix("data: "))
                assert told["values"]["chamber.pressure"][1] == number


def test_who_asks_for_the_head_of_the_stream_is_sent_that_alone(port: int) -> None:
    asked = request(port, "/api/stream").replace(b"GET", b"HEAD", 1).replace(b"Connection: close\r\n", b"")
    with closing(opened(port, asked)) as line:
        head, _, body = until(line, b"\r\n\r\n").partition(b"\r\n\r\n")
        line.sendall(request(port))
        body += heard(line)
    assert b"text/event-stream" in head
    assert body.startswith(b"HTTP/1.1 200")
