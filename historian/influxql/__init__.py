"""An InfluxQL subset over any store: one grammar, one planner, answers shaped as InfluxDB's."""
