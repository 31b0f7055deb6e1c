#!/usr/bin/env bash
# Stops what `./bf up` started: process-compose and its processes, found through its socket, and nothing else.
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"
load_settings

if ! has process-compose || ! stack_runs; then
  say "Botiferrous does not run."
  exit
fi
stop_stack || die "Botiferrous did not stop within 40 s; $BF_HOME/logs/process-compose.log tells what it waits for."
say "Botiferrous is stopped."
