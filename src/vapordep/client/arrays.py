"""What comes in arrays: samples of a tag, and its cycles laid over each other."""

import importlib
import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import InputError, LinkError
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one tag: s since the run's start, and SI values, NaN where one is bad; two arrays of one length."""

    tag: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str = ""
    """Of the values, SI; empty for what has none, and where recordings of a span do not tell the same."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """One tag in the cycles of a loop: `values` (n, m) of n cycles at m instants since each one's beginning, s and SI.

    `median`, `low` and `high` (m,) are over the cycles; `outliers` are numbers of cycles far from the median.
    """

    tag: str
    loop: str
    numbers: list[int]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    outliers: list[int]
    unit: str = ""
    """Of the values, SI; empty for what has none."""

    def xarray(self) -> Any:
        """As an xarray.DataArray with the dimensions `cycle` and `t_in_cycle`. Raises InputError without xarray."""
        coordinates = {"cycle": self.numbers, "t_in_cycle": self.times}
        about = {"units": self.unit, "loop": self.loop}
        made = library("xarray").DataArray(self.values, coordinates, ("cycle", "t_in_cycle"), self.tag, about)
        made["t_in_cycle"].attrs["units"] = "s"
        return made


def library(name: str) -> Any:
    """A library that only notebooks need. Raises InputError with what to do where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(f"{name} is not installed", remedy='pip install "vapordep[notebook]"') from None


def unpacked(body: bytes) -> Iterator[tuple[str, Samples]]:
    """Each tag of a binary answer with its samples; raises LinkError for what is none."""
    try:
        (length,) = struct.unpack_from("<I", body)
        place = 4 + length
        for column in json.loads(body[4:place])["tags"]:
            count = column["points"]
            times, values = np.frombuffer(body, "<f8", 2 * count, place).reshape(2, count).astype(np.float64)
            place += 16 * count
            yield column["tag"], Samples(column["tag"], times, values, column["si"] or "")
    except (struct.error, ValueError, KeyError) as error:
        raise LinkError(f"samples that cannot be read: {error}", remedy="use a client of the same version") from error
