"""The web process: a page of one reactor, from the link. It holds no instrument and may be killed at any time."""
