"""The units that the program itself speaks of, by their names."""

# ruff: noqa: N816 - units are named as the field spells them

from vapordep.units.dimensions import Dimension
from vapordep.units.reading import unit

Pa, hPa, kPa = (unit(symbol) for symbol in ("Pa", "hPa", "kPa"))
mbar, bar, mTorr, Torr = (unit(symbol) for symbol in ("mbar", "bar", "mTorr", "Torr"))
micron, psi, atm = (unit(symbol) for symbol in ("micron", "psi", "atm"))
K = unit("K", Dimension.TEMPERATURE)
degC, degF = unit("degC"), unit("degF")
delta_K = unit("K", Dimension.TEMPERATURE_DIFFERENCE)
K_per_s, K_per_min = unit("K/s"), unit("K/min")
us, ms, s, minute, hour = (unit(symbol) for symbol in ("us", "ms", "s", "min", "h"))
m, cm, mm, um, nm, angstrom = (unit(symbol) for symbol in ("m", "cm", "mm", "um", "nm", "angstrom"))
m2, cm2 = unit("m2"), unit("cm2")
m3, cm3, mL = unit("m3"), unit("cm3"), unit("mL")
L = unit("L", Dimension.VOLUME)
m3_per_s, m3_per_h, L_per_s, L_per_min = (unit(symbol) for symbol in ("m3/s", "m3/h", "L/s", "L/min"))
mol_per_s, sccm, slm = unit("mol/s"), unit("sccm"), unit("slm")
mol, kg, g, mg = (unit(symbol) for symbol in ("mol", "kg", "g", "mg"))
kg_per_m2, ng_per_cm2 = unit("kg/m2"), unit("ng/cm2")
Pa_s, langmuir = unit("Pa s"), unit("langmuir")
one, percent = unit("", Dimension.FRACTION), unit("%")
Hz, W, V, mV, A, mA, ohm = (unit(symbol) for symbol in ("Hz", "W", "V", "mV", "A", "mA", "ohm"))
state = unit("state")
