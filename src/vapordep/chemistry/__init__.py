"""Substances, substrates and films as data with their doubts, and the small laws that follow from them."""

from vapordep.chemistry.compatibility import Level, PurgeGap, Verdict, compatibility, purge_gap
from vapordep.chemistry.derivatisation import DERIVATISATIONS, Derivatisation, derivatisations
from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.film_parts import Film, Uptake
from vapordep.chemistry.films import FILMS, Nucleation, film, film_of, nucleation
from vapordep.chemistry.gas import BOLTZMANN, adsorption_constant, impingement, mean_speed
from vapordep.chemistry.kinetics import KINETICS, Kinetics, kinetics
from vapordep.chemistry.laws import Arrhenius, Constant, Exponential, Interpolated, Langmuir, Law
from vapordep.chemistry.limits import Trip, worked_out_trip
from vapordep.chemistry.polymerisation import POLYMERS, Cracking, Polymer, bet_uptake, cracking, polymer
from vapordep.chemistry.sources import SOURCES
from vapordep.chemistry.substance import Attack, ReactiveClass, Role, Substance, Supply, Window
from vapordep.chemistry.substances import SUBSTANCES, substance
from vapordep.chemistry.substrates import SUBSTRATES, Substrate, attackers, substrate
from vapordep.chemistry.vapour_pressure import VapourPressure, VapourPressureFit
from vapordep.errors import UnknownName

__all__ = [
    "BOLTZMANN",
    "DERIVATISATIONS",
    "FILMS",
    "KINETICS",
    "POLYMERS",
    "SOURCES",
    "SUBSTANCES",
    "SUBSTRATES",
    "Arrhenius",
    "Attack",
    "Confidence",
    "Constant",
    "Cracking",
    "Derivatisation",
    "Exponential",
    "Film",
    "Interpolated",
    "Kinetics",
    "Langmuir",
    "Law",
    "Level",
    "Mark",
    "Nucleation",
    "Number",
    "Polymer",
    "PurgeGap",
    "ReactiveClass",
    "Role",
    "Substance",
    "Substrate",
    "Supply",
    "Trip",
    "UnknownName",
    "Uptake",
    "VapourPressure",
    "VapourPressureFit",
    "Verdict",
    "Window",
    "adsorption_constant",
    "attackers",
    "bet_uptake",
    "compatibility",
    "cracking",
    "derivatisations",
    "film",
    "film_of",
    "impingement",
    "kinetics",
    "mean_speed",
    "nucleation",
    "polymer",
    "purge_gap",
    "substance",
    "substrate",
    "worked_out_trip",
]
