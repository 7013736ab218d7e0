"""The words everyone uses: point, batch, quality, bus, clock, supervision, errors."""
