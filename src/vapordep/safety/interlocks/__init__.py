"""Interlocks: what each must hold, where it stands at every instant, what sets it aside, and what it protected."""
