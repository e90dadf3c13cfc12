#!/bin/sh
# Replace the running version with the one in this folder, without losing a request.
set -eu
cd "$(dirname "$0")/../.."

docker compose build
# {% if sql %}
docker compose run --rm migrations
# {% endif %}
docker compose --profile spare up --detach --wait --no-deps --no-recreate spare
docker compose exec -T nginx touch /run/spare
docker compose up --detach --wait --no-deps --force-recreate app
docker compose exec -T nginx rm /run/spare
docker compose --profile spare rm --stop --force spare
# {% if task_queue %}
docker compose up --detach --no-deps --force-recreate worker scheduler
# {% endif %}
