"""Answers of plain data: one JSON text whatever is in it, null where a number is none, without a look at each value."""

from fastapi.responses import Response

from vapordep.history.chain import canonical

OCTETS = "application/octet-stream"
BYTES = {OCTETS: {"schema": {"type": "string", "format": "binary"}}}
"""How the description tells of an answer of bytes."""


def as_json(data: object) -> Response:
    """The data as JSON; NaN and infinite numbers are null, frozen dataclasses are objects."""
    return Response(canonical(data), media_type="application/json")
