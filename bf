#!/usr/bin/env bash
# The one command of Botiferrous. Everything it does lives in deploy/; `./bf help` tells what there is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

help() {
  cat <<'TEXT'
./bf up                    get what is missing, build, start everything, open the page
./bf down                  stop everything that `up` started, and nothing else
./bf call METHOD [JSON]    call a service, such as: ./bf call botiferrous.storage.v1.TaskService/ListTasks
./bf check                 the checks that need no running service: format, lints, docs, contracts, dependencies
./bf test [STEP...]        what CI runs: the checks, every test, and the whole app in a real browser
./bf help                  this text

Settings are environment variables, or lines of a file `.env`; `.env.example` tells which there are.
TEXT
}

command=${1:-help}
shift || true
case $command in
  up | down | call | check | test) exec "deploy/$command.sh" "$@" ;;
  help | -h | --help) help ;;
  *)
    echo "bf: there is no command \`$command\`; ./bf help lists the commands." >&2
    exit 64
    ;;
esac
