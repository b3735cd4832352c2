"""Keeping at the command line: the history, the accounts, the computer."""
