"""Outputs: the way of a command, from the permit through the one gate to the read-back."""
