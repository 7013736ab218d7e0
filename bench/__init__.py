"""Figures, each measured now beside its reference in the same run."""
