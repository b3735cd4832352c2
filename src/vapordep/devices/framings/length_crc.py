"""Messages that tell their own length and end with a CRC, as Inficon's SQM-160 frames them."""

from vapordep.devices.framing import Accepted, Foreign, Framing
from vapordep.errors import ProtocolError


def crc14(data: bytes) -> bytes:
    """The two check bytes of the SQM-160: CRC of 14 bits, polynomial 0x2001 reflected, start 0x3FFF.

    Each takes seven bits and is shifted by 34, away from the sync byte `!` (33).
    """
    crc = 0x3FFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x2001 if crc & 1 else crc >> 1
    return bytes([(crc & 0x7F) + 34, (crc >> 7) + 34])


class LengthCrc(Framing):
    """`sync`, one byte of length, the payload, two check bytes over length and payload.

    The length byte is the payload's length plus a bias, which may differ between requests and replies. Manual: SQM-160,
    19200 8N1; bias 34 for requests, 35 for replies, whose payload begins with the status letter.
    """

    checked = True
    alike = True

    def __init__(
        self, *, sync: bytes = b"!", request_bias: int = 34, reply_bias: int = 35, reply_within: float = 0.5
    ) -> None:
        self.sync = sync
        self.request_bias = request_bias
        self.reply_bias = reply_bias
        self.reply_within = reply_within

    def encode(self, payload: bytes) -> bytes:
        """The framed payload."""
        counted = bytes([len(payload) + self.request_bias]) + payload
        return self.sync + counted + crc14(counted)

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        """Replies are framed as requests are, with their own bias."""
        counted = bytes([len(payload) + self.reply_bias]) + payload
        return self.sync + counted + crc14(counted)

    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """Finds one framed reply; raises ProtocolError for a wrong length or CRC. Noise before the sync is dropped."""
        noise = received.find(self.sync)
        if noise:
            return Foreign(noise if noise > 0 else len(received))
        if len(received) < 2:
            return None
        length = received[1] - self.reply_bias
        if length < 0:
            raise ProtocolError(f"impossible length in {received[:16]!r}")
        if len(received) < length + 4:
            return None
        counted, check = received[1 : length + 2], received[length + 2 : length + 4]
        if crc14(counted) != check:
            raise ProtocolError(f"wrong CRC in {received[: length + 4]!r}", remedy="check cable and shielding")
        return Accepted(counted[1:], length + 4)
