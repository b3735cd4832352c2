"""A run beside golden ones, for pages: where it left their bands, and the bands of one tag to be drawn."""

from collections.abc import Mapping, Sequence

from vapordep.app.review.golden import bands_as_json, beside, compared_as_json
from vapordep.history.queries import History


def beside_golden(history: History, run_id: str, golden: Sequence[str], tag: str) -> Mapping[str, object]:
    """Plain data, SI; raises InputError where the runs have no step in common."""
    found = beside(history, run_id, golden)
    return {**compared_as_json(found), "bands": bands_as_json(found, tag)}
