"""One file an instrument family, written from its maker's manual; the file name is the name of the driver."""
