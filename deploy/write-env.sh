#!/bin/sh
# Writes .env for docker compose from .env.example: new passwords, and the user id that owns what workers write.
set -eu
umask 077
cd "$(dirname "$0")/.."
if [ -e .env ]; then
  echo 'deploy/write-env.sh: .env is there already and stays as it is; edit it, or delete it first' >&2
  exit 1
fi
password() { head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
sed -e "s/^REDIS_PASSWORD=.*/REDIS_PASSWORD=$(password)/" \
  -e "s/^GRAFANA_PASSWORD=.*/GRAFANA_PASSWORD=$(password)/" \
  -e "s/^SLUICE_USER=.*/SLUICE_USER=$(id -u):$(id -g)/" .env.example > .env
