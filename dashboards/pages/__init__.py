"""The dashboards of the first set, a module each."""
