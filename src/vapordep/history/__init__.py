"""History: a recording file a run, a catalogue of all runs, what reads them, and their export."""
