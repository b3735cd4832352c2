"""One file a run: written while it goes on, compacted, sealed, and read again."""
