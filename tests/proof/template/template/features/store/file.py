"""Keeps names in a file."""

from pathlib import Path

from platformdirs import user_data_path


def keep(name: str, folder: Path | None = None) -> Path:
    """Keep a name."""
    path = (folder or user_data_path("service")) / "names.txt"
    path.write_text(name)
    return path
