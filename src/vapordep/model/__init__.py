"""Frozen data of the house: tags, batches, commands, plans, runs, events, reactors. No input or output, no asyncio."""
