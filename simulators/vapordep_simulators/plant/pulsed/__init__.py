"""The plant of ALD and MLD: pulses into a purged chamber, and what they leave on every surface."""
