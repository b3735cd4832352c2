"""What is written to the terminal and read from it, and how a command ends."""
