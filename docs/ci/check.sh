#!/bin/sh
# Fail when captures show something wrong that the baseline does not know yet.
#   sh check.sh CAPTURE...
# To accept what is there now: handshake-inspect check --write-baseline handshakes.json CAPTURE...
set -eu
baseline=${HANDSHAKE_BASELINE:-handshakes.json}
if [ -e "$baseline" ]; then
    set -- --baseline "$baseline" "$@"
fi
exec handshake-inspect check --fail-on warning "$@"
