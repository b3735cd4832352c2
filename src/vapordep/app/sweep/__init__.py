"""A sweep: the set of runs that differ in some parameters, checked first, done on all cores, fitted and told."""

from vapordep.app.sweep.by_hand import commands, entered, write_plan
from vapordep.app.sweep.found import Found, Proposal, found
from vapordep.app.sweep.performing import on_cluster, on_cores, perform, works
from vapordep.app.sweep.point_run import Gave, Measured, measured
from vapordep.app.sweep.points import Point, check_fit, checked
from vapordep.app.sweep.values import grid, swept

__all__ = [
    "Found",
    "Gave",
    "Measured",
    "Point",
    "Proposal",
    "check_fit",
    "checked",
    "commands",
    "entered",
    "found",
    "grid",
    "measured",
    "on_cluster",
    "on_cores",
    "perform",
    "swept",
    "works",
    "write_plan",
]
