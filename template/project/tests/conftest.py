"""Add your fixtures here; those of the features are in `fixtures.py`."""

pytest_plugins = ["tests.fixtures"]
