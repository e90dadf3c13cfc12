"""Presets: named sets of answers. Other questions are still asked."""

PRESETS: dict[str, dict[str, object]] = {
    "minimal": {
        "database": "none",
        "auth": "none",
        "tasks": "none",
        "static_files": False,
        "websockets": "none",
        "server": "uvicorn",
        "deployment": "none",
        "ci": "none",
    },
    "api": {
        "database": "postgresql",
        "auth": "jwt",
        "tasks": "none",
        "static_files": False,
        "websockets": "none",
        "server": "uvicorn",
        "deployment": "docker",
        "ci": "github",
    },
    "full": {
        "database": "postgresql",
        "auth": "jwt",
        "tasks": "taskiq",
        "static_files": True,
        "websockets": "redis",
        "server": "uvicorn",
        "deployment": "nginx",
        "ci": "github",
    },
}
