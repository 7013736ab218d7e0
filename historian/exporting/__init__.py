"""Readings as files: CSV, Parquet and line protocol."""
