"""The frame for simulators: a plant solved in segments, a world that feels every instrument, noise, bytes."""
