"""Proves the steps between combinations, for files and for data."""
