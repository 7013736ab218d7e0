"""TOML and CSV become one typed city; all errors at once, each with file and line."""
