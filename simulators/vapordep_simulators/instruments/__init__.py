"""Simulated instruments, one file a family, named as its driver is: bytes on one side, the plant on the other."""
