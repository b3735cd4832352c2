"""One row a run, and what people enter about it: found, listed, noted, with files beside it."""
