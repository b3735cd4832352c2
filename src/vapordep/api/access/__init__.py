"""Who comes in, who they are, and what they may: the door, log-in, accounts, sessions and tokens."""
