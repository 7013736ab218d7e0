"""The public, read-only water-quality feed."""
