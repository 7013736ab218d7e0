"""InfluxDB as a store: its line protocol, its three dialects, and what its answers mean."""
