"""The operators' page and its HTTP API."""
