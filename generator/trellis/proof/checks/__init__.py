"""Checks of files: what each reads, and the tool that runs it."""
