"""Tables and versions of both kinds of file, and all that is SQLite's or PostgreSQL's own."""
