"""Recipes at the command line: check, dry run, sweep, gradients."""
