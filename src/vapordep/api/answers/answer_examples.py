"""An example of what each of the main resources answers, for the description of the API; tests hold them against it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

RUN, RUNNING = "20261123-140000-9f3a1c", "20261126-100000-4be07d"
BEGAN, ENDED, ENTERED = "2026-11-23T14:00:00+00:00", "2026-11-23T16:17:03+00:00", "2026-11-24T09:12:31+00:00"
REACTOR, RECIPE, PRESSURE = "glovebox-ald", "Al2O3 on lithium, 4 nm", "chamber.pressure"
FILE = "recipes/al2o3_on_lithium.yaml"
NUCLEATION = {
    "position": 0, "name": "nucleation", "thickness_m": 3.03e-10, "mass_kg_m2": 9.1e-07, "cycles": 0,
    "growth_per_cycle_m": None, "origin": "plant",
}  # fmt: skip
ALUMINA = {
    "position": 1, "name": "Al2O3", "thickness_m": 3.95e-09, "mass_kg_m2": 1.186e-05, "cycles": 36,
    "growth_per_cycle_m": 1.098e-10, "origin": "plant",
}  # fmt: skip

ANSWERS: Mapping[tuple[str, str], Any] = MappingProxyType({
    ("get", "/api/me"): {"name": "anna.berg", "role": "operator", "rights": ["abort", "operate", "read", "run"]},
    ("get", "/api/audit"): [
        {"number": 20, "time": ENTERED, "person": "anna.berg", "what": f"a file of {RUN}: 'foil.jpg', 181234 bytes"},
    ],
    ("get", "/api/runs"): {
        "total": 1,
        "runs": [{
            "run_id": RUN, "mode": "run", "recipe": RECIPE, "reactor": REACTOR, "operator": "anna.berg",
            "started": BEGAN, "ended": ENDED, "state": "COMPLETE", "reason": "the plan is done", "simulated_s": None,
            "parent": None, "samples": ["Li-042"], "labels": ["growth-study", "star"], "process": "ald",
        }],
    },
    ("post", "/api/runs"): {"done": f"started as {RUNNING}", "run_id": RUNNING},
    ("get", "/api/runs/{run}/events"): [
        {"t_s": 1455.0, "kind": "step", "text": "nucleation[1].dose TMA 50 ms", "data": {}},
    ],
    ("get", "/api/runs/{run}/pulses"): [{
        "number": 1, "source": "TMA", "step": "nucleation[1].dose TMA 50 ms", "cycle": 1, "planned_open_s": 1455.0,
        "planned_close_s": 1455.05, "commanded_open_s": 1455.0002, "commanded_close_s": 1455.0501,
        "acknowledged_open_s": 1455.004, "acknowledged_close_s": 1455.054, "width_s": 0.05, "baseline_pa": 94.6,
        "peak_pa": 23.9, "area_pa_s": 64.7, "verdict": "good",
    }],
    ("get", "/api/runs/{run}/tags"): [{"tag": PRESSURE, "unit": "mbar", "si": "Pa", "factor": 100.0, "offset": 0.0}],
    ("get", "/api/runs/{run}/samples"): {PRESSURE: {"t_s": [1454.9, 1455.0, 1455.4], "value": [94.6, None, 118.5]}},
    ("get", "/api/runs/{run}/windows"): [
        {"kind": "step", "name": "pump", "number": 1, "begin_s": 5.13, "end_s": 103.2},
        {"kind": "cycle", "name": "nucleation", "number": 1, "begin_s": 1455.0, "end_s": 1497.4},
    ],
    ("get", "/api/runs/{run}/cycles"): {
        "loop": "nucleation", "numbers": [1, 2], "begin_s": [1455.0, 1497.4], "t_s": [0.0, 0.5, 1.0],
        "values": [[94.6, 118.5, 103.1], [94.7, 118.1, 102.8]], "median": [94.65, 118.3, 102.95],
        "low": [94.6, 118.1, 102.8], "high": [94.7, 118.5, 103.1], "outliers": [],
    },
    ("get", "/api/runs/{run}/notes"): [
        {"number": 1, "at_s": 613.5, "text": "the pressure wavered", "person": "anna.berg", "entered": ENTERED},
    ],
    ("get", "/api/runs/{run}/film"): {
        "layers": [NUCLEATION, ALUMINA],
        "measurements": [{
            "number": 1, "sample_id": "Li-042", "position": "centre", "quantity": "thickness", "of": "",
            "method": "ellipsometry", "value": 4.4e-09, "uncertainty": 2e-10, "unit": "nm", "measured": "2026-11-24",
            "note": "", "person": "anna.berg", "entered": ENTERED, "difference_m": 1.47e-10,
        }],
    },
    ("get", "/api/runs/{run}/attachments"): [{
        "number": 1, "name": "foil.jpg", "size": 181234, "note": "after the run", "person": "anna.berg",
        "sha256": "51e4076d88a7751a0f1b2e406b8cdb88b5c667d54daec36689846df8b597bc33", "entered": ENTERED,
    }],
    ("get", "/api/calibrations"): [{
        "number": 1, "reactor": REACTOR, "kind": "foil_offset", "subject": "stage", "value": -3.2, "uncertainty": 0.5,
        "unit": "K", "at_pa": None, "method": "thermocouple on a foil", "measured": "2026-11-20", "note": "",
        "person": "anna.berg", "entered": ENTERED,
    }],
    ("get", "/api/bottles"): {
        "reactor": REACTOR, "without": ["H2O"], "damaged": [],
        "bottles": [{
            "number": 3, "source": "TMA", "substance": "trimethylaluminium", "lot": "SAL-0815",
            "installed": "2026-11-02", "person": "anna.berg", "weighed": "2026-11-20", "removed": "",
            "filled_kg": 0.025, "weighed_kg": 0.0184, "used_mol": 0.0031, "left_mol": 0.2521, "left_kg": 0.01818,
        }],
    },
    ("get", "/api/reactor"): {
        "reactor": REACTOR, "file": "reactors/glovebox_ald.yaml", "simulated": False, "processes": ["ALD", "MLD"],
        "substrates": ["lithium"], "substrate": "lithium", "armed": True, "guarded": True,
        "since": "2026-11-26T09:00:00+00:00", "silent": [], "trouble": None, "run_id": RUNNING, "run_state": "RUNNING",
        "interrupted": None, "seen": "e:4", "silent_for_s": 0.1,
    },
    ("get", "/api/reactor/tags/{tag}"): {
        "tag": PRESSURE, "unit": "mbar", "dimension": "pressure", "kind": "derived", "value": 94.6,
        "shown": "0.946 mbar", "quality": "good", "age_s": 0.1, "stale_after_s": 1.0, "low": None, "high": None,
        "hazardous": False, "safe": None,
    },
    ("get", "/api/interlocks"): [{
        "id": "I1", "state": "fulfilled", "kind": "trip", "action": "safe", "hard": False, "guards": [],
        "when": "pump.running", "applies": True, "protects": "The pump's oil.", "bypass_left_s": None,
        "require": [{
            "text": "chamber.pressure < 133 Pa", "tags": [PRESSURE], "truth": "true", "says": "94.6 Pa",
        }],
        "remedy": "Look for a leak. Restart only after a leak check.",
    }],
    ("get", "/api/alarms"): [{
        "id": "T1", "state": "LATCHED", "priority": "urgent", "text": "foil too hot", "cause": "the stage overshot",
        "consequence": "lithium softens", "remedy": "let it cool, then look at the stage", "latching": True,
        "present": False, "silenced": False, "first_out": True, "after": None, "raised_ago_s": 14.1,
        "shelved_for_s": None, "by": None, "reason": None,
    }],
    ("get", "/api/control"): {"person": "anna.berg", "since": "2026-11-26T09:58:12+00:00", "number": 7},
    ("post", "/api/control/take"): {"token": "7-pQ3x..."},
    ("get", "/api/run"): {
        "run_id": RUNNING, "state": "RUNNING", "mode": "run", "recipe": RECIPE, "shipped": True,
        "operator": "anna.berg", "started": "2026-11-26T10:00:00+00:00", "reason": "started",
        "step": "nucleation[3].dose TMA 50 ms", "cycle": 3, "cycles": 36, "doses": 5, "elapsed_s": 1540.2,
        "left_s": 6673.8, "prompt": None, "block": None,
        "film": {"by": "cycles", "so_far_m": 2.5e-10, "target_m": 4e-09}, "verbs": ["pause", "hold", "abort"],
        "waiting_for": None, "waiting_s": None,
    },
    ("post", "/api/run/verbs"): {"done": "the run is HOLDING"},
    ("post", "/api/commands"): {"done": "walls.setpoint is where it was commanded to"},
    ("post", "/api/abort"): {"done": "the guardian has heard it and drives the safe state"},
    ("get", "/api/recipes"): [{
        "id": "shipped/al2o3_on_lithium", "origin": "shipped", "name": "al2o3_on_lithium", "title": RECIPE,
        "process": "ALD", "substrate": "lithium", "status": "unverified", "version": None, "trouble": None, "runs": 12,
        "latest": {"run_id": RUN, "started": BEGAN, "mode": "run", "state": "COMPLETE"},
    }],
    ("post", "/api/recipes/check"): {
        "ok": False, "recipe": None, "reactor": REACTOR, "status": None, "substrate": None, "parameters": {},
        "duration_s": None, "cycles": None, "doses": 0, "pulses": {}, "precursor_use_mol": {}, "film": None,
        "expected_thickness_m": None, "conversion": {}, "coverage": None, "coverage_guarded": None,
        "findings": [{
            "code": "R-FORM", "severity": "error", "file": "draft.yaml", "line": 1, "column": 1,
            "message": "the key 'process' is missing", "remedy": "add `process: ...`",
        }],
    },
    ("get", "/api/recipes/{origin}/{name}/timeline"): {
        "duration_s": 8214.0,
        "steps": [
            {"kind": "pump", "label": "pump", "start_s": 0.0, "duration_s": 106.8, "where": f"{FILE}:33", "to": 1.0},
        ],
        "finally": [
            {"kind": "purge", "label": "purge 5 min", "start_s": 7179.0, "duration_s": 300.0, "where": f"{FILE}:65"},
        ],
    },
    ("post", "/api/dry-runs"): {
        "id": "90001", "person": "anna.berg", "recipe": "shipped/al2o3_on_lithium", "asked": BEGAN,
        "state": "RUNNING", "progress": None, "report": None, "notes": [],
    },
})  # fmt: skip
"""By method and path."""
