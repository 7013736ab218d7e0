"""The disk spool in front of every store."""
