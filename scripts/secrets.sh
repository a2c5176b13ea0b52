#!/bin/sh
# Makes the secret files of docker-compose.yml, with random values. Those there already stay.
set -eu
cd "$(dirname "$0")/.."

# Compose mounts each file with its own permissions, and the containers run as other users:
# the files are readable, and the folder keeps everyone else on this machine out.
umask 022
mkdir -p secrets
chmod 700 secrets

password_file=secrets/postgres_password.txt
url_file=secrets/database_url.txt

if [ ! -s "$password_file" ]; then
    password="$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s' "$password" >"$password_file"
    # An address made for another password would be wrong.
    rm -f "$url_file"
    echo "made $password_file"
fi
if [ ! -s "$url_file" ]; then
    printf 'postgres://mg:%s@postgres:5432/mg' "$(cat "$password_file")" >"$url_file"
    echo "made $url_file"
fi
