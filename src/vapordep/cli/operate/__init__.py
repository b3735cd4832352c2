"""Operating a reactor from the command line: serve, run, arm, alarms, bottles, demo."""
