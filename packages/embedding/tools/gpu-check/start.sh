#!/bin/sh
# Compares this machine's GPU with the reference and measures it: ./gpu-check [PROVIDER]… [--software] [--out FOLDER]
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if ! "$here/node" --version >/dev/null 2>&1; then
  # A machine without a C++ library.
  LD_LIBRARY_PATH="$here/lib/c++${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi
exec "$here/node" "$here/program/packed.js" "$@"
