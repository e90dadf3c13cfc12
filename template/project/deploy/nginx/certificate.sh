#!/bin/sh
# Create a certificate for development, for the given names or for localhost.
set -eu
cd "$(dirname "$0")"
umask 022
mkdir -p certificates acme

names=${*:-localhost}
for name in $names; do
  alternatives=${alternatives:+$alternatives,}DNS:$name
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
  -subj "/CN=${names%% *}" -addext "subjectAltName=$alternatives" \
  -keyout certificates/privkey.pem -out certificates/fullchain.pem
chmod 600 certificates/privkey.pem
