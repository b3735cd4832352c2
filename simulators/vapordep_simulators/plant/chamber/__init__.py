"""The chamber and what stands around it: gas and its expansion, heat, throttle, needle, filament, crystal."""
