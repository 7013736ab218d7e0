"""OPC UA by asyncua."""
