"""The composition root: puts reactor, instruments, safety core, engine and history together."""
