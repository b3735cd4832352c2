"""The verdict on a run: how near it came to every limit, what it used and gave, and whether it is fit to run."""

from vapordep.app.verdict.as_json import as_json
from vapordep.app.verdict.judge import Fitness, Reason
from vapordep.app.verdict.verdict import RunVerdict, verdict_on

__all__ = ["Fitness", "Reason", "RunVerdict", "as_json", "verdict_on"]
