"""What answers and bodies of requests have in common, and the one form of a refusal."""
