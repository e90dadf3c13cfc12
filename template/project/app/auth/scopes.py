"""Scopes, and the scopes of each role."""

from typing import Literal

Role = Literal["user", "admin"]

SCOPES = {
    # {% if users %}
    "account:write": "Change your account, and log out everywhere.",
    # {% endif %}
    "items:read": "Read your items.",
    "items:write": "Create, change and delete your items.",
    # {% if auth == 'api_key' %}
    "keys:read": "See your keys.",
    "keys:write": "Create and revoke your keys.",
    # {% endif %}
    # {% if tasks != 'none' %}
    "tasks:run": "Start jobs and see your tasks.",
    # {% endif %}
    # {% if users %}
    "users:read": "Read every user.",
    "users:write": "Change and delete every user.",
    # {% endif %}
    # Yours:
}
SCOPES_OF_ROLE: dict[Role, frozenset[str]] = {
    "user": frozenset(
        {
            # {% if users %}
            "account:write",
            # {% endif %}
            "items:read",
            "items:write",
            # {% if auth == 'api_key' %}
            "keys:read",
            "keys:write",
            # {% endif %}
            # {% if tasks != 'none' %}
            "tasks:run",
            # {% endif %}
            # Yours:
        }
    ),
    "admin": frozenset(SCOPES),
}
