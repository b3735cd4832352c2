"""The link between engine, web and command line: typed messages, and the local sockets they go through."""
