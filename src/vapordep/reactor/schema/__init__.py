"""The form of a reactor file: every key it may have, each quantity with its unit."""
