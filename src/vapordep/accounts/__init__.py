"""Who may look at a reactor through the web process and what each may do: people, sessions, tokens, and a record."""
