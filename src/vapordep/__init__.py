"""vapordep runs vapour-deposition reactors: recipes, instruments, interlocks and the history of every film."""
