"""Frequency shortcuts: found, scored against the truth, and removed."""
