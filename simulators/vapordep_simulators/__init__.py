"""The simulated reactor: a plant in SI units, and instruments that speak their protocols about it."""
