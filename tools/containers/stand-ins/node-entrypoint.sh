#!/bin/sh
# An argument that is an option, or no command of this image, is for node.
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then set -- node "$@"; fi
exec "$@"
