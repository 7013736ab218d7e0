"""Time series: one disk journal in front of a store; queries by arrays."""
