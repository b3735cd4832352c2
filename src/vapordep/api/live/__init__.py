"""What goes on just now: the engine as the web process knows it, dry runs under way, and the stream of both."""
