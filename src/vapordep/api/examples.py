"""An example of each body that a request may have, for the description of the API; tests send each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

RECIPE = "shipped/al2o3_on_lithium"
PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's
TOKEN = "pQ3x..."  # noqa: S105 - nobody's
TEXT = "recipe: 1\nname: purge only\nsubstrate: lithium\nsteps:\n  - purge: 5 min\n"

BODIES: Mapping[str, Any] = MappingProxyType({
    "Answered": {"text": "0.52 mm"},
    "Ask": {"verb": "hold", "reason": "the flow of the carrier wavers"},
    "Bypassed": {"duration": "30 min", "reason": "the gauge is being changed"},
    "Confirm": {"password": PASSWORD},
    "Decide": {"decision": "continue", "reason": "the power was away for 2 min only"},
    "Draft": {"text": TEXT, "parameters": {}},
    "First": {"name": "anna.berg", "password": PASSWORD, "token": TOKEN},
    "ForSubstrate": {"substrate": "lithium"},
    "Installed": {"mass": "25 g", "lot": "SAL-0815", "day": "2026-11-23"},
    "Labels": {"add": ["star", "growth-study"], "remove": []},
    "Limited": {"tag": "chamber.pressure", "limit": "< 900 Pa", "reason": "the pump is weak today"},
    "Link": {"token": TOKEN},
    "Login": {"name": "anna.berg", "password": PASSWORD},
    "NewCalibration": {
        "reactor": "glovebox-ald", "kind": "foil_offset", "subject": "stage", "value": "-3.2 K", "uncertainty": "0.5 K",
        "method": "thermocouple on a foil", "measured": "2026-11-20",
    },
    "NewMeasurement": {
        "quantity": "thickness", "value": "12.3 nm", "uncertainty": "0.2 nm", "method": "ellipsometry",
        "sample": "Li-042", "position": "centre", "measured": "2026-11-23",
    },
    "NewNote": {"text": "the pressure wavered", "at_s": 613.5},
    "NewPassword": {"password": PASSWORD, "new": "another quite long one"},
    "NewRole": {"role": "engineer"},
    "NewToken": {"label": "notebook of the growth study", "scope": "read,run", "days": 90},
    "NewUser": {"name": "anna.berg", "role": "operator", "password": PASSWORD},
    "Noted": {"note": "the bottle was empty"},
    "PasswordGiven": {"password": PASSWORD},
    "Preferred": {"theme": "dark", "units": {"pressure": "mTorr"}, "sound": True},
    "Removed": {"day": "2026-11-27"},
    "Saved": {"text": TEXT, "base": 3, "note": "longer purge"},
    "Shelved": {"duration": "2 h", "reason": "known, the filter comes tomorrow"},
    "Start": {
        "recipe": RECIPE, "parameters": {"cycles": "50"},
        "samples": [{"id": "Li-042", "substrate": "lithium", "position": "centre", "area_m2": 1e-4}],
        "note": "second of the growth study",
    },
    "StartSequence": {"note": "before the bottle is changed"},
    "TestPulse": {"width": "50 ms"},
    "Try": {"recipe": RECIPE, "parameters": {"cycles": "5"}, "seed": 1},
    "Wanted": {"tag": "walls.setpoint", "value": "150 degC", "reason": "warm-up"},
    "Weighed": {"mass": "18.4 g", "day": "2026-11-25"},
    "Why": {"reason": "the filter was changed"},
    "Wish": {"force": False},
})  # fmt: skip
