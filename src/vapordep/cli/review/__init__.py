"""The history at the command line: runs listed, shown, analysed, verified, noted."""
