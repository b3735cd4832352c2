"""The style of all panels: colours that all eyes tell apart, dashes beside them, units of time, legends."""

from typing import Any

from vapordep.lazy import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours, which all eyes tell apart (jfly.uni-koeln.de/color)."""
DASHES: tuple[Any, ...] = ("-", "-", "-", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), "-")
"""So that nothing is told by colour alone."""
GREY, RED, AMBER, GREEN = "#444444", "#B00020", "#8A5A00", "#0B6E4F"


@dataclass(frozen=True, slots=True)
class Scale:
    """In which unit of time a run is drawn."""

    unit: str
    seconds: float

    @classmethod
    def of(cls, duration: float) -> "Scale":
        """The one that suits a duration in s."""
        if duration < 180.0:
            return cls("s", 1.0)
        return cls("min", 60.0) if duration < 5 * 3600.0 else cls("h", 3600.0)

    def __call__(self, seconds: Any) -> Any:
        """Seconds, or an array of them, in this unit."""
        return seconds / self.seconds


def finish(axis: Any, label: str) -> None:
    """The name of the quantity, a grid, and the legend beside the data."""
    axis.set_ylabel(label)
    axis.grid(visible=True, alpha=0.3)
    if axis.get_legend_handles_labels()[0]:
        legend = axis.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), fontsize=9, frameon=False)
        for text in legend.get_texts():
            text.set_parse_math(False)
