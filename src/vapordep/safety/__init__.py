"""The safety core: conditions, monitors, interlocks, permits, the one gate for commands, the safe state, arming."""
