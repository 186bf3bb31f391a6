#!/bin/sh
# An argument that is an option is for redis-server.
if [ "${1#-}" != "$1" ]; then set -- redis-server "$@"; fi
exec "$@"
