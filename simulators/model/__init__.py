"""The pure city: one hydraulic network, its local automation, its instruments, its faults."""
