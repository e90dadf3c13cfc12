#!/bin/sh
# Create the secrets that compose.yaml mounts, unless they exist.
set -eu
cd "$(dirname "$0")/.."
umask 022 # the folder is private; the users in the containers must be able to read the files
mkdir -p secrets
chmod 700 secrets

random() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}
# {% if database_secrets %}

# {% include 'template/features/database/secrets.sh' %}
# {% endif %}
# {% if redis_secrets %}

# {% include 'template/features/redis/secrets.sh' %}
# {% endif %}
# {% if auth_secrets %}

# {% include 'template/features/auth/secrets.sh' %}
# {% endif %}

# Yours:
