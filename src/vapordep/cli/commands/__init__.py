"""The commands and their options, a family a file; each loads what it needs only when it is called."""
