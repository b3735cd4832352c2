"""Pictures of a run: one page with its verdict, its trends, its pulses and how near each rule came."""

from vapordep.app.plots.page import plot_run
from vapordep.app.plots.place import check_plot

__all__ = ["check_plot", "plot_run"]
