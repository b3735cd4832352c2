"""The slave's side of Modbus (application protocol V1.1b3, serial line V1.02): RTU frames, TCP frames, exceptions."""

import struct
from abc import abstractmethod
from collections.abc import Mapping
from typing import Final

from vapordep.simulation.instrument import Option, Replies, SimInstrument
from vapordep.simulation.world import World
from vapordep_simulators.instruments._settings import Wire, one_of, whole

ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3

_SILENCE: Final = 0.1
"""A pause this long, in s, ends a frame. The standard says 3.5 characters; what carries the bytes cuts them up."""
_LONGEST: Final = 260
_BROADCAST: Final = 0


class Refused(Exception):  # noqa: N818 - named by what happened
    """The exception reply with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


def _table() -> tuple[int, ...]:
    """Reflected polynomial 0xA001, a byte at a time."""
    rows = []
    for row in range(256):
        for _ in range(8):
            row = row >> 1 ^ (0xA001 if row & 1 else 0)
        rows.append(row)
    return tuple(rows)


_CRC: Final = _table()


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS of `data`, low byte first, as it stands at the end of a frame."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


class ModbusInstrument(SimInstrument):
    """Hears frames, judges address and checksum, and answers with what `obey` gives.

    Options: `address` 1..247, `framing` rtu | tcp (behind a gateway), `baud` (rtu; 0 means no time on the wire).
    """

    think: float = 0.005
    """From the end of the request to the begin of the reply, s."""

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.address = whole(options, "address", 1, 1, 255)
        self.tcp = one_of(options, "framing", "rtu", ("rtu", "tcp")) == "tcp"
        self._wire = Wire(0 if self.tcp else whole(options, "baud", 9600, 0, 10_000_000), self.think)
        self._heard = bytearray()
        self._heard_at = 0.0

    @abstractmethod
    def obey(self, function: int, body: bytes, now: float) -> bytes:
        """Carries out a request and gives the body of its reply (what follows the function code). Raises Refused."""

    def feed(self, data: bytes, now: float) -> Replies:
        """Answers every whole request for its address; silent to others and to broken frames."""
        if self._heard and now - self._heard_at > _SILENCE:
            self._heard.clear()
        self._heard_at = now
        self._heard += data
        return self._feed_tcp(now) if self.tcp else self._feed_rtu(now)

    def _feed_rtu(self, now: float) -> Replies:
        replies: Replies = []
        while (size := _rtu_size(self._heard)) is not None and size <= len(self._heard):
            frame = bytes(self._heard[:size])
            if crc(frame[:-2]) != frame[-2:]:
                self._heard.clear()  # out of step: a slave waits for the next silence
                break
            del self._heard[:size]
            if frame[0] not in (self.address, _BROADCAST):
                continue
            said = self._answer(frame[1:-2], now)
            if frame[0] != _BROADCAST:
                reply = bytes((self.address,)) + said
                replies.append(self._timed(reply + crc(reply), size, now))
        return replies

    def _feed_tcp(self, now: float) -> Replies:
        replies: Replies = []
        while len(self._heard) >= 7:
            transaction, protocol, length, unit = struct.unpack_from(">HHHB", self._heard)
            if protocol or not 3 <= length <= 254:
                self._heard.clear()
                break
            if len(self._heard) < 6 + length:
                break
            request = bytes(self._heard[7 : 6 + length])
            del self._heard[: 6 + length]
            if unit != self.address:
                continue
            said = self._answer(request, now)
            head = struct.pack(">HHHB", transaction, 0, 1 + len(said), unit)
            replies.append(self._timed(head + said, 0, now))
        return replies

    def _timed(self, reply: bytes, asked: int, now: float) -> tuple[float, bytes]:
        return self._wire.delay(now, asked, len(reply)), reply

    def _answer(self, request: bytes, now: float) -> bytes:
        function = request[0]
        try:
            return bytes((function,)) + self.obey(function, request[1:], now)
        except Refused as refused:
            return bytes((function | 0x80, refused.code))


def _rtu_size(heard: bytearray) -> int | None:
    """How long the request is that begins here; None while that cannot be told."""
    if len(heard) < 4:
        return None
    if heard[1] in (1, 2, 3, 4, 5, 6):
        return 8
    if heard[1] in (15, 16):
        return 9 + heard[6] if len(heard) > 6 else None
    return _checked_size(heard)


def _checked_size(heard: bytearray) -> int | None:
    """The end of a frame whose function it does not know: where the checksum fits (its own run over it gives 0)."""
    value = 0xFFFF
    for size, byte in enumerate(heard, 1):
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
        if value == 0 and size >= 4:
            return size
    return len(heard) if len(heard) >= _LONGEST else None


def span(body: bytes, most: int) -> tuple[int, int]:
    """First address and count of a read. Raises Refused when the count is not 1..`most`."""
    if len(body) != 4:
        raise Refused(ILLEGAL_VALUE)
    first, count = struct.unpack(">HH", body)
    if not 1 <= count <= most:
        raise Refused(ILLEGAL_VALUE)
    return first, count


def block(body: bytes, most: int, *, bits: bool) -> tuple[int, int, bytes]:
    """First address, count and data of a block write. Raises Refused when count and data do not fit together."""
    if len(body) < 6:
        raise Refused(ILLEGAL_VALUE)
    first, count, size = struct.unpack_from(">HHB", body)
    needed = (count + 7) // 8 if bits else 2 * count
    if not 1 <= count <= most or size != needed or len(body) != 5 + size:
        raise Refused(ILLEGAL_VALUE)
    return first, count, body[5:]


def pair(body: bytes) -> tuple[int, int]:
    """Address and value of a single write. Raises Refused for another length."""
    if len(body) != 4:
        raise Refused(ILLEGAL_VALUE)
    address, value = struct.unpack(">HH", body)
    return address, value


def packed(bits: list[bool]) -> bytes:
    """Byte count and bits, first bit in the lowest place of the first byte, as FC01 and FC02 reply."""
    number = 0
    for bit in reversed(bits):
        number = number << 1 | bit
    size = (len(bits) + 7) // 8
    return bytes((size,)) + number.to_bytes(size, "little")
