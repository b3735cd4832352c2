"""The simulated reactor: the plant that a reactor file describes, the instruments that feel it, and its truth."""
