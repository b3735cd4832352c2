"""The plant of ALD or MLD and iCVD in one chamber: who has it, and how it is handed over."""
