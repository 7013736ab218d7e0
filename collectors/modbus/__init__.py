"""Modbus TCP: our own read path (requests, checks, plans, arrays)."""
