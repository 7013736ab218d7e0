"""Telling people and other systems about alarms."""
