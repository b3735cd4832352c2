"""Alicat's data frame: its layout as the instrument tells it, and the readings in one frame."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from vapordep.devices import Doubt, Reading, bad, uncertain
from vapordep.errors import ProtocolError, WrongInstrument
from vapordep.units import Torr, Unit, bar, degC, from_si, kPa, mbar, mTorr, psi, sccm, to_si

PRESSURE, TEMPERATURE, MASS_FLOW, SETPOINT = "002", "003", "005", "037"
READ = {PRESSURE: psi, TEMPERATURE: degC, MASS_FLOW: sccm, SETPOINT: sccm}
"""Statistics that a flow controller must tell, and the units of their readings, whatever it counts in itself."""
IDENTIFIER = "700"
FIXED = (PRESSURE, TEMPERATURE, "004", MASS_FLOW, SETPOINT, "703")
"""The frame of a controller that was never set up otherwise: 004 is the volumetric flow, 703 the gas."""
LABELS = {
    "PSIA": psi, "TORRA": Torr, "MTORA": mTorr, "BARA": bar, "MBARA": mbar, "KPAA": kPa, "`C": degC, "C": degC,
}  # fmt: skip
"""Units as they are written in the layout; those of flows depend on the instrument's standard temperature."""
TOKENS = {
    "ADC": (PRESSURE, TEMPERATURE, MASS_FLOW), "POV": (PRESSURE,), "P2O": (PRESSURE,), "TOV": (TEMPERATURE,),
    "VOV": (MASS_FLOW,), "MOV": (MASS_FLOW,), "OPL": (MASS_FLOW, SETPOINT), "HLD": (SETPOINT,), "EXH": (SETPOINT,),
    "TMF": (), "OVR": (), "COM": (), "GTA": (), "LCK": (),
}  # fmt: skip
"""What may follow the columns of a frame, and the statistics it casts doubt on."""
_ROW = re.compile(r". D\d\d (\d{3}) (\*?).*?\s(?:string\s.*|(?:s )?decimal\s+(\d+)/(\d+) +\d+ +\d+ +(\S+)\s*)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: code of the statistic, characters, decimals among them, and its unit (None: not read here)."""

    code: str
    width: int = 0
    decimals: int = 0
    unit: Unit | None = None
    _number: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _as_it_is: bool = field(init=False, repr=False, compare=False)
    """Whether it counts in the unit of its reading: then nothing is converted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_as_it_is", self.unit == READ.get(self.code))
        point = r"\." if self.decimals else ""
        object.__setattr__(self, "_number", re.compile(rf"[+-]?\d+{point}\d{{{self.decimals}}}"))

    def reading(self, text: str) -> Reading:
        """The number in its unit of READ; raises ProtocolError unless it has the column's characters and decimals."""
        if text == "--":
            return bad(text)
        if self.unit is None or not self._fits(text):
            raise ProtocolError(f"{text!r} is no number of {self.width} characters with {self.decimals} decimals")
        number = float(text)
        return number if self._as_it_is else from_si(to_si(number, self.unit), READ[self.code])

    def _fits(self, text: str) -> bool:
        """A number without the point, or with a digit lost, is another number; firmware before 8v leaves out signs."""
        signed = text[:1] in ("+", "-")
        return self._number.fullmatch(text) is not None and (
            len(text) == self.width or (not signed and len(text) == self.width - 1)
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one instrument's data frame."""

    columns: tuple[Column, ...]

    @classmethod
    def told(cls, reply: str, flows: Mapping[str, Unit]) -> "Layout":
        """From the rows of `??D*`; conditional ones, which have a star, are tokens and no columns.

        Raises ProtocolError for rows of an older form, WrongInstrument for units and columns that do not fit.
        """
        rows = [_ROW.fullmatch(line) for line in reply.split("\r")[1:]]
        if not all(rows):
            raise ProtocolError("a row of ??D* is none of firmware 6v or later")
        kept = [row for row in rows if row is not None and not row[2] and row[1] != IDENTIFIER]
        labels = {**LABELS, **flows}
        columns = tuple(
            Column(row[1], int(row[3] or 0), int(row[4] or 0), _unit(row[5], labels) if row[1] in READ else None)
            for row in kept
        )
        if not set(READ) <= {column.code for column in columns}:
            raise WrongInstrument("its data frame lacks flow, setpoint, pressure or temperature: no flow controller")
        return cls(columns)

    @classmethod
    def fixed(cls, frame: str, flow: Unit) -> "Layout":
        """Of a controller that tells no rows: psia, degC, `flow`, and the widths and decimals of one frame.

        Raises WrongInstrument for the five columns of a meter, ProtocolError for any other number of them.
        """
        texts = frame.split()[1:]
        while texts and texts[-1] in TOKENS:
            texts.pop()
        if len(texts) == len(FIXED) - 1:
            raise WrongInstrument(f"{frame!r} has no setpoint: no flow controller")
        if len(texts) != len(FIXED):
            raise ProtocolError(f"{frame!r} has {len(texts)} columns, not {len(FIXED)}")
        units = {PRESSURE: psi, TEMPERATURE: degC, MASS_FLOW: flow, SETPOINT: flow}
        return cls(tuple(_as_shown(code, text, units.get(code)) for code, text in zip(FIXED, texts, strict=True)))

    def column(self, code: str) -> tuple[int, Column]:
        """The place of a statistic in a frame, counted behind the unit letter, and its column."""
        return next((place, column) for place, column in enumerate(self.columns) if column.code == code)

    def text(self, frame: str, code: str) -> str:
        """One statistic of a frame as it is written there; raises ProtocolError for a frame that does not fit."""
        self.readings(frame)
        place, _ = self.column(code)
        return frame.split()[1 + place]

    def readings(self, frame: str) -> dict[str, Reading]:
        """The statistics of one frame by code, in units of READ; raises ProtocolError where it does not fit."""
        texts = frame.split()[1:]
        tokens = texts[len(self.columns) :]
        if len(texts) < len(self.columns) or not TOKENS.keys() >= set(tokens):
            raise ProtocolError(f"{frame!r} does not fit a layout of {len(self.columns)} columns")
        columns = zip(self.columns, texts, strict=False)
        readings = {column.code: column.reading(text) for column, text in columns if column.code in READ}
        for token in tokens:
            for code in TOKENS[token]:
                readings[code] = _doubted(readings[code], token)
        return readings


def shown(value: float, column: Column) -> str:
    """An SI value as the instrument writes it in this column, without a sign."""
    assert column.unit is not None  # noqa: S101 - only columns that are read are written
    return f"{from_si(value, column.unit):.{column.decimals}f}"


def _as_shown(code: str, text: str, unit: Unit | None) -> Column:
    """A column of the width and the decimals that one of its numbers has."""
    if unit is None:
        return Column(code)
    if not re.fullmatch(r"[+-]?\d+\.\d+", text):
        raise ProtocolError(f"{text!r} is no number with decimals")
    return Column(code, len(text) + (text[0] not in "+-"), len(text.partition(".")[2]), unit)


def _unit(label: str | None, labels: Mapping[str, Unit]) -> Unit:
    if label is None or label not in labels:
        raise WrongInstrument(f"it counts in {label}", remedy=f"set it to one of {', '.join(labels)}")
    return labels[label]


def _doubted(reading: Reading, token: str) -> Reading:
    if token == "ADC":  # noqa: S105 - the converter itself has failed
        return bad(token)
    return reading if isinstance(reading, Doubt) else uncertain(reading, token)
