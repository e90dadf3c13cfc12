"""Your fixtures go here; those that the features bring are in `fixtures.py`."""

pytest_plugins = ["tests.fixtures"]
