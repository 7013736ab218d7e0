"""Grafana dashboards, generated from the points."""
