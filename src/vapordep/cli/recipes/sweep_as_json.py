"""A sweep as JSON: its points, its fit and what is proposed, in SI units."""

from collections.abc import Mapping, Sequence
from typing import Any

from vapordep.analysis.saturation import Slow
from vapordep.app import sweep as app
from vapordep.app.foretold.check import finding_as_json
from vapordep.app.plain import number


def sweep_as_json(
    identity: str, points: Sequence[app.Point], given: Mapping[int, app.Gave], found: app.Found, fit: str | None
) -> dict[str, Any]:
    """SI units, null for what is not known."""
    return {
        "sweep": identity,
        "points": [point_as_json(point, given.get(point.number)) for point in points],
        "fit": None if fit is None else _fit(found),
        "proposed": [
            {
                "source": each.source,
                "what": each.what,
                "value_s": each.value,
                "why": each.why,
                "doubt": each.doubt or None,
            }
            for each in found.proposals
        ],
    }


def point_as_json(point: app.Point, gave: app.Gave | None) -> dict[str, Any]:
    """One point, and what its run gave, if there was one."""
    run = gave.run if gave is not None else None
    numbers = gave.measured if gave is not None and gave.complete else app.Measured()
    return {
        "settings": dict(point.request.settings),
        "refused": [finding_as_json(finding) for finding in point.refusals],
        "run_id": run.run_id if run else None,
        "state": run.state.value if run else None,
        "failure": (gave.failure or None) if gave is not None else None,
        "growth_per_cycle_m": number(numbers.growth),
        "thickness_m": number(numbers.thickness),
        "cycles": numbers.cycles,
        "exposures_Pa_s": dict(numbers.areas),
        "decays_s": dict(numbers.decays),
        "pulses_s": dict(point.planned.pulses),
        "purges_s": dict(point.planned.purges),
    }


def _fit(found: app.Found) -> dict[str, Any]:
    fit, purge = found.saturation, found.purge
    return {
        "reason": found.reason or None,
        "growth_per_cycle_m": number((fit or purge).limit) if (fit or purge) else None,  # type: ignore[union-attr]
        "constants": [
            {
                "source": source,
                "k_per_Pa_s": constant.value,
                "error_per_Pa_s": number(constant.error),
                "determined": constant.determined,
                "within": number(constant.within),
                "well_known": constant.well_known,
                "least_filled": constant.least_filled,
                "exposure_99_Pa_s": constant.exposure(),
                "slow_sites": None if constant.slow is None else _slow_as_json(constant.slow),
            }
            for source, constant in zip(found.sources, fit.constants if fit else (), strict=False)
        ],
        "purge_time_constant_s": purge.time_constant if purge and purge.determined else None,
        "purge_excess": purge.excess if purge and purge.determined else None,
    }


def _slow_as_json(slow: Slow) -> dict[str, Any]:
    return {"share": slow.share, "k_per_Pa_s": slow.value, "error_per_Pa_s": number(slow.error)}
