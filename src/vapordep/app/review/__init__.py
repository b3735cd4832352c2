"""An ended run in numbers: its pulses, its cycles, its drift, and how it compares with golden ones."""
