"""Benchmarks: figures of the house, each beside a limit measured in the same batch."""
