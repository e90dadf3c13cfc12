"""Answers that go together, by the name of what they make; what a preset leaves out is asked."""

PRESETS: dict[str, dict[str, object]] = {
    "minimal": {"database": "none", "auth": "none", "tasks": "none", "static_files": False},
    "api": {"database": "postgresql", "auth": "jwt", "tasks": "none", "static_files": False},
    "full": {"database": "postgresql", "auth": "jwt", "tasks": "taskiq", "static_files": True},
}
