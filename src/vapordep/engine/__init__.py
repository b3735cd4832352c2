"""The engine: walks a plan through the gate, under the states of ISA-88, and ends in the safe state."""
