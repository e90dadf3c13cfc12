"""Environments in which services are checked and tested."""
