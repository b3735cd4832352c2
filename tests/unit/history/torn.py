"""What a disk that lost its power may hold of a file that was being written: any of the sectors, some of them half."""

import random

SECTOR = 512


def torn(before: bytes, after: bytes, rng: random.Random) -> bytes:
    """Some of the sectors that changed, some half, some not at all; the file may have grown or not."""
    length = rng.choice((max(len(before), len(after)), rng.randrange(len(before), max(len(before), len(after)) + 1)))
    image = bytearray(before.ljust(length, b"\0")[:length])
    kept = rng.random()
    for start in range(0, len(after), SECTOR):
        sector = after[start : start + SECTOR]
        if sector != before[start : start + SECTOR] and rng.random() < kept:
            part = sector if rng.random() < 0.9 else sector[: SECTOR // 2]
            image[start : start + len(part)] = part
    return bytes(image[:length])
