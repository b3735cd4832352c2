"""A run for other programs: CSV and Parquet."""
