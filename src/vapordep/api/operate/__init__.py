"""Operating the reactor: its state, control, commands, runs and their verbs, alarms, interlocks, ABORT."""
