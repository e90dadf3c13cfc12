"""Runs the services' own tests."""
