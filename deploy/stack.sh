# shellcheck shell=bash
# Starting, watching and stopping the whole app through process-compose. Sourced, never run.

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# A unix socket, whose path the system limits to about a hundred characters, instead of a port.
control_socket() {
  local socket=$BF_HOME/run/process-compose.sock
  [ ${#socket} -le 100 ] || socket=${XDG_RUNTIME_DIR:-/tmp}/botiferrous-$(cksum <<<"$BF_HOME" | cut -d ' ' -f 1).sock
  say "$socket"
}

compose() { PC_LOG_FILE=/dev/null process-compose --unix-socket "$(control_socket)" "$@" 2>/dev/null; }
stack_runs() { [ -S "$(control_socket)" ] && compose process list >/dev/null; }

# process_field PROCESS FIELD: one value out of process-compose's list, which has a line for each.
process_field() {
  compose process list --output json | awk -v process="$1" -v field="\"$2\":" '
    { value = $0; sub(/^[^:]*: *"?/, "", value); sub(/"?,?$/, "", value) }
    $1 == "\"name\":" { name = value }
    $1 == field && name == process { print value }'
}

# Refuses to start over a port that is taken, which would otherwise show only as a service that can not start.
require_free_ports() {
  local service addr
  for service in "${services[@]}"; do
    addr=$(addr_of "$service")
    case $addr in unix:*) continue ;; esac
    [[ $addr =~ :[0-9]+$ ]] || die "$(addr_variable "$service") is \`$addr\`, which is no HOST:PORT; write for example 127.0.0.1:5001"
    ! listens "$addr" ||
      die "port ${addr##*:}, which $service needs, is taken; stop what uses it, or choose another with $(addr_variable "$service")=${addr%:*}:PORT"
  done
  addr=$(ollama_url)
  addr=${addr#*://}
  if listens "$addr" && ! ollama_answers; then
    die "port ${addr##*:} is taken by something that is not Ollama; stop it, or choose another with OLLAMA_HOST=127.0.0.1:PORT"
  fi
}

start_stack() {
  mkdir -p "$BF_HOME/run" "$BF_HOME/logs"
  chmod 700 "$BF_HOME"
  rm -f "$(control_socket)"
  cd "$root" || return 1
  # `.env` is in the environment by now.
  PC_LOG_FILE=$BF_HOME/logs/process-compose.log BF_ROOT=$root process-compose --unix-socket "$(control_socket)" \
    --disable-dotenv --keep-project --config "$root/process-compose.yaml" up --detached >/dev/null 2>&1
}

last_words() { grep -v '^[[:space:]]*$' "$BF_HOME/logs/$1.log" 2>/dev/null | tail -n "${2:-1}"; }

healthy() { "$BF_BIN/$1" --probe >/dev/null 2>&1; }

# A service that fails at once has been started again twice by the time we give up on it.
keeps_failing() {
  local restarts
  restarts=$(process_field "$1" restarts)
  [ "${restarts:-0}" -ge 2 ]
}

wait_for_services() {
  local waiting=("${services[@]}") still service deadline=$((SECONDS + 60))
  while [ ${#waiting[@]} -gt 0 ]; do
    still=()
    for service in "${waiting[@]}"; do
      if healthy "$service"; then
        say "  $service is ready"
      elif keeps_failing "$service" || [ $SECONDS -ge $deadline ]; then
        last_words "$service" 3 | uniq >&2
        warn "$service does not start; its last words are above, the rest is in $BF_HOME/logs/$service.log"
        return 1
      else
        still+=("$service")
      fi
    done
    waiting=(${still[@]+"${still[@]}"})
    [ ${#waiting[@]} -eq 0 ] || sleep 0.2
  done
}

# The model is worth waiting for, but no reason to fail: everything else works without it.
wait_for_model() {
  local deadline=$((SECONDS + $1)) status
  while [ $SECONDS -lt "$deadline" ]; do
    if ollama_answers && ollama_has_a_model; then
      say "  ollama is ready"
      return
    fi
    status=$(process_field model status)
    if [ "$status" = Completed ] || [ "$(process_field ollama status)" = Completed ]; then break; fi
    sleep 0.5
  done
  warn "the chat has no model yet: $(last_words model | grep . || last_words ollama | grep . || say "see $BF_HOME/logs/ollama.log")"
}

# A process that does not heed SIGTERM within 20 s is killed; its process id comes from our own process-compose.
kill_stragglers() {
  local name pid
  for name in "${services[@]}" ollama model build; do
    pid=$(process_field "$name" pid)
    case $(process_field "$name" status) in
      Running | Terminating) [ "${pid:-0}" -le 1 ] || kill -KILL "$pid" 2>/dev/null || true ;;
    esac
  done
}

stop_stack() {
  local start=$SECONDS
  compose down >/dev/null &
  while stack_runs; do
    [ $((SECONDS - start)) -lt 40 ] || return 1
    [ $((SECONDS - start)) -lt 20 ] || kill_stragglers
    sleep 0.1
  done
  wait $! || true
  rm -f "$(control_socket)"
}
