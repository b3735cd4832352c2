"""What an Alicat tells of itself: gases, units, rows of frame and maker; from captures of an MC-500SCCM-D."""

from typing import Final, NamedTuple


class Gas(NamedTuple):
    """Short and long name, and viscosity in uPa s at 25 degC (Alicat's table of gases)."""

    short: str
    name: str
    viscosity: float


GASES: Final = {
    0: Gas("Air", "Air", 18.489), 1: Gas("Ar", "Argon", 22.593), 2: Gas("CH4", "Methane", 11.185),
    3: Gas("CO", "Carbon Monoxide", 17.649), 4: Gas("CO2", "Carbon Dioxide", 14.933),
    5: Gas("C2H6", "Ethane", 9.355), 6: Gas("H2", "Hydrogen", 8.915), 7: Gas("He", "Helium", 19.846),
    8: Gas("N2", "Nitrogen", 17.805), 9: Gas("N2O", "Nitrous Oxide", 14.842), 10: Gas("Ne", "Neon", 31.113),
    11: Gas("O2", "Oxygen", 20.460),
}  # fmt: skip

_UNITS: Final = {"2": "10 PSIA", "3": "2 `C", "4": "12 CCM", "5": "12 SCCM", "37": "12 SCCM"}
_STATUS: Final = ("OPL", "POV", "P2O", "TOV", "VOV", "MOV", "TMF", "OVR", "COM", "HLD", "EXH", "GTA", "LCK")


def unit_of(statistic: str) -> str | None:
    """Code and label of a statistic's unit, as DCU and FPF give them; None for a statistic it does not have."""
    return _UNITS.get(statistic)


def manufacturer(model: str, serial_number: str, firmware: str) -> list[str]:
    """The ten rows of ??M*, without unit and number."""
    return [
        "ALICAT SCIENTIFIC", "www.alicat.com", "Ph   520-290-6060", "info@alicat.com", f"Model Number {model}",
        f"Serial Number {serial_number}", "Date Manufactured 03/02/2025", "Date Calibrated   03/02/2025",
        "Calibrated By     BL", f"Software Revision {firmware}",
    ]  # fmt: skip


def frame_rows(decimals: int, *, meter: bool) -> list[str]:
    """The rows of ??D*, without unit and number; a meter has no setpoint."""
    rows = ["ID_ NAME______________________ TYPE_______ WIDTH NOTES___________________"]
    rows.append(_row("700", "Unit ID", "string", "1"))
    rows.append(_row("002", "Abs Press", "s decimal", "7/2", "010 02 PSIA"))
    rows.append(_row("003", "Flow Temp", "s decimal", "7/2", "002 02 `C"))
    flows = [("004", "Volu Flow", "CCM"), ("005", "Mass Flow", "SCCM"), ("037", "Mass Flow Setpt", "SCCM")]
    for code, name, unit in flows[:2] if meter else flows:
        rows.append(_row(code, name, "s decimal", f"7/{decimals}", f"012 02 {unit}"))
    rows.append(_row("703", "Gas", "string", "6"))
    rows.append(_row("701", "*Error", "string", "3", "ADC"))
    return rows + [_row("702", "*Status", "string", "3", token) for token in _STATUS]


def _row(code: str, name: str, kind: str, width: str, notes: str = "") -> str:
    return f"{code} {name:<26} {kind:<9} {width:>7} {notes}".rstrip()
