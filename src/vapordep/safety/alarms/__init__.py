"""Alarms: what a person is told of a trip, a warning, a silent instrument, an output that does not obey."""
