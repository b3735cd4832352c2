"""One run on any clock: from the request over the connection and the session to the report."""
