"""Modbus RTU and Modbus TCP as framings, and the PDUs that the drivers exchange.

What counts as the reply: unit, function (or its exception), length and byte count, echo, and CRC16 or transaction
number. Whatever else arrives is dropped, and waiting goes on (Modbus over Serial Line V1.02, 2.4.1). The PDUs are the
fixed layouts of Modbus Application Protocol V1.1b3, section 6; pymodbus is the independent peer of the tests.
"""

import struct
from collections.abc import Sequence
from itertools import chain

from vapordep.devices.framing import Accepted, Foreign, Framing
from vapordep.devices.options import Options
from vapordep.errors import InstrumentBusy, InstrumentRefused, ProtocolError, ReactorError

READ_COILS, READ_INPUTS, READ_HOLDING, READ_INPUT = 1, 2, 3, 4
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
WRITES = {WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS}
EXCEPTION = 0x80
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
"""Modbus Application Protocol V1.1b3, section 7."""
BUSY = {6, 10, 11}
"""Those that say nothing against the request: it was not carried out, and may be sent again."""
LONGEST = 256
"""Longest RTU frame, bytes."""
REPLY_WITHIN = 0.5
"""s."""


def _crc_table() -> list[int]:
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return table


_CRC = _crc_table()


def crc16(data: bytes) -> bytes:
    """The check bytes of an RTU frame, low byte first: polynomial 0x8005 reflected, start 0xFFFF."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return bytes((crc & 0xFF, crc >> 8))


def framing(options: Options, line: str) -> "Rtu | Tcp":
    """The framing that the options `address` (1), `framing` (rtu or tcp) and `reply_within` (0.5 s) name.

    Without `framing` it is TCP on a line `modbus+tcp://...`, else RTU. Raises ReactorError.
    """
    over_tcp = line.startswith("modbus+tcp://")
    kind = options.word("framing", "tcp" if over_tcp else "rtu", among=("rtu", "tcp"))
    if over_tcp and kind == "rtu":
        raise ReactorError("RTU does not go over modbus+tcp://", where=options.where, remedy="write the line as tcp://")
    unit = options.integer("address", 1, low=1, high=247)
    reply_within = options.reply_within(REPLY_WITHIN)
    return Tcp(unit, reply_within=reply_within) if kind == "tcp" else Rtu(unit, reply_within=reply_within)


class _Modbus(Framing):
    """What both framings carry: requests that read, and requests that write and are echoed."""

    def asks(self, payload: bytes) -> bool:
        """Functions 1 to 4."""
        return payload[0] <= READ_INPUT

    def acknowledgement(self, command: bytes) -> bytes | None:
        """The first five bytes come back: address and value, or address and quantity."""
        return command[:5] if command[0] in WRITES else None

    def after(self, commands: Sequence[bytes], question: bytes, reply: bytes) -> bytes:
        """Holding registers hold what was written to them."""
        if question[0] != READ_HOLDING or reply[0] != READ_HOLDING:
            return reply
        first, words = int.from_bytes(question[1:3], "big"), bytearray(reply)
        for register, word in chain.from_iterable(map(_written, commands)):
            place = 2 + 2 * (register - first)
            if 2 <= place < len(words):
                words[place : place + 2] = word
        return bytes(words)


class Rtu(_Modbus):
    """Unit, PDU, CRC16. Replies carry no address: noise around them is skipped, the CRC finds them."""

    checked = True
    checksum = "crc16"

    def __init__(self, unit: int, *, reply_within: float = REPLY_WITHIN) -> None:
        self.unit = unit
        self.reply_within = reply_within

    def encode(self, payload: bytes) -> bytes:
        """The frame of a PDU."""
        data = bytes((self.unit,)) + payload
        return data + crc16(data)

    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """Finds the reply wherever it begins; drops whole frames of others."""
        request = sent[1:-2]
        for start in range(len(received) - 4):
            if received[start] == self.unit:
                found = self._reply_at(received, start, request)
                if found is not None:
                    return found
        length = _frame_length(received)
        if 0 < length <= len(received) and crc16(received[: length - 2]) == received[length - 2 : length]:
            return Foreign(length)
        if len(received) > LONGEST:
            raise ProtocolError("more bytes than a Modbus frame can have", remedy="check baud rate and parity")
        return None

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        """Replies are framed as requests are."""
        return self.encode(payload)

    def _reply_at(self, received: bytes, start: int, request: bytes) -> Accepted | None:
        length = reply_length(request, received[start + 1])
        if length is None or len(received) < start + length + 3:
            return None
        end = start + length + 3
        if crc16(received[start : end - 2]) != received[end - 2 : end]:
            return None
        pdu = received[start + 1 : end - 2]
        return Accepted(pdu, end) if answers(request, pdu) else None


class Tcp(_Modbus):
    """Transaction number, protocol 0, length, unit, PDU. A reply with another number or unit is dropped."""

    numbered = True

    def __init__(self, unit: int, *, reply_within: float = REPLY_WITHIN) -> None:
        self.unit = unit
        self.reply_within = reply_within
        self._number = 0

    def encode(self, payload: bytes) -> bytes:
        """The frame of a PDU, with the next transaction number."""
        self._number = self._number + 1 & 0xFFFF
        return struct.pack(">HHHB", self._number, 0, len(payload) + 1, self.unit) + payload

    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """Takes one frame; raises ProtocolError for what is no Modbus TCP or answers no such request."""
        if len(received) < 7:
            return None
        protocol, length = struct.unpack(">HH", received[2:6])
        if protocol != 0 or not 3 <= length <= 254:
            raise ProtocolError(f"no Modbus TCP: {received[:16]!r}", remedy="check port and protocol of the instrument")
        end = 6 + length
        if len(received) < end:
            return None
        if received[:2] != sent[:2] or received[6] != sent[6]:
            return Foreign(end)
        pdu = received[7:end]
        if not answers(sent[7:], pdu):
            raise ProtocolError(f"{pdu!r} does not answer {sent[7:]!r}")
        return Accepted(pdu, end)

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        """With the number of the question."""
        return sent[:2] + struct.pack(">HHB", 0, len(payload) + 1, self.unit) + payload


def reply_length(request: bytes, function: int) -> int | None:
    """How many bytes the PDU of a reply to `request` has when it begins with `function`; None when it is none."""
    if function == request[0] | EXCEPTION:
        return 2
    if function != request[0]:
        return None
    quantity = int.from_bytes(request[3:5], "big")
    if function in (READ_COILS, READ_INPUTS):
        return 2 + (quantity + 7) // 8
    if function in (READ_HOLDING, READ_INPUT):
        return 2 + 2 * quantity
    return 5


def answers(request: bytes, reply: bytes) -> bool:
    """Whether a whole PDU is the reply to `request`: its function or exception, length, byte count or echo."""
    if not reply or len(reply) != reply_length(request, reply[0]):
        return False
    if reply[0] & EXCEPTION:
        return True
    if request[0] <= READ_INPUT:
        return reply[1] == len(reply) - 2
    return reply == request[:5]


def _written(command: bytes) -> Sequence[tuple[int, bytes]]:
    """The registers that a request writes, and their words."""
    first = int.from_bytes(command[1:3], "big")
    if command[0] == WRITE_REGISTER:
        return [(first, command[3:5])]
    if command[0] == WRITE_REGISTERS:
        return [(first + at, command[6 + 2 * at : 8 + 2 * at]) for at in range(command[5] // 2)]
    return []


def _frame_length(received: bytes) -> int:
    """How long the RTU frame of any reply at the beginning of `received` is; 0 while it cannot be told."""
    if len(received) < 3:
        return 0
    function = received[1]
    if function & EXCEPTION:
        return 5
    return received[2] + 5 if function <= READ_INPUT else 8


def read_registers(address: int, quantity: int) -> bytes:
    """The request for `quantity` holding registers from `address` (as on the wire), function 3."""
    return struct.pack(">BHH", READ_HOLDING, address, quantity)


def registers(reply: bytes) -> tuple[int, ...]:
    """The unsigned registers of a reply to `read_registers`; raises InstrumentRefused for an exception."""
    check(reply)
    return struct.unpack(f">{reply[1] // 2}H", reply[2:])


def read_coils(address: int, quantity: int) -> bytes:
    """The request for `quantity` coils from `address`, function 1."""
    return struct.pack(">BHH", READ_COILS, address, quantity)


def read_inputs(address: int, quantity: int) -> bytes:
    """The request for `quantity` discrete inputs from `address`, function 2."""
    return struct.pack(">BHH", READ_INPUTS, address, quantity)


def bits(reply: bytes) -> tuple[bool, ...]:
    """What a reply to `read_coils` or `read_inputs` tells, lowest bit first, filled up to whole bytes.

    Raises InstrumentRefused for an exception.
    """
    check(reply)
    return tuple(chain.from_iterable(_BITS[byte] for byte in reply[2:]))


_BITS = tuple(tuple(bool(byte >> bit & 1) for bit in range(8)) for byte in range(256))


def write_coil(address: int, value: int) -> bytes:
    """The request to write one coil, function 5; `value` as on the wire: 0xFF00 on, 0 off, others as makers define."""
    return struct.pack(">BHH", WRITE_COIL, address, value)


def write_register(address: int, value: int) -> bytes:
    """The request to write one unsigned register, function 6."""
    return struct.pack(">BHH", WRITE_REGISTER, address, value)


def write_registers(address: int, *words: int) -> bytes:
    """The request to write several unsigned registers, function 16, as a number of four bytes wants."""
    return struct.pack(f">BHHB{len(words)}H", WRITE_REGISTERS, address, len(words), 2 * len(words), *words)


def check(reply: bytes) -> None:
    """Raises InstrumentRefused, or InstrumentBusy, with the exception's name when `reply` is one.

    Its echo was judged by the framing.
    """
    if not reply[0] & EXCEPTION:
        return
    name = EXCEPTIONS.get(reply[1], "unknown exception")
    what = f"Modbus exception {reply[1]} to function {reply[0] & 0x7F}: {name}"
    raise InstrumentBusy(what) if reply[1] in BUSY else InstrumentRefused(what)
