#!/usr/bin/env bash
# Kills one service of the running app the hard way (kill -9), to see that it comes back. Usage: deploy/kill.sh SERVICE
# shellcheck source=stack.sh
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"
load_settings

pid=$(process_field "${1:?name a service}" pid)
[ "${pid:-0}" -gt 1 ] || die "$1 does not run."
kill -KILL "$pid"
