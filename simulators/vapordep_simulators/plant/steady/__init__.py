"""The plant of iCVD: steady vapour, a lit filament, and a polymer that grows by their balance."""
