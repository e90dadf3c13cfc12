"""`python -m trellis`."""

from trellis.cli import app

app(prog_name="trellis")
