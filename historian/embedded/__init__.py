"""The store that needs nothing installed beside it: memory, Parquet files, one catalogue."""
