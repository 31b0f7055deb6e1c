#!/usr/bin/env bash
# What CI runs: the checks, every test, and the whole app, on ports and in a folder of its own so that a running one is
# not disturbed. Usage: ./bf test [STEP...]
# shellcheck source=check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=stack.sh
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"
# shellcheck disable=SC2034 # steps.sh reads it
wanted=("$@")

# A person's own settings are no part of a test.
export BF_NO_ENV_FILE=1
unset BF_DATABASE_URL BF_BOTIFY_API BF_CHAT_MODEL BF_LOG OTEL_EXPORTER_OTLP_ENDPOINT BF_HOME

install_test_tools() {
  local missing=()
  find_chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
  install_packages ${missing[@]+"${missing[@]}"}
  find_chromium >/dev/null || die "Chromium was not found; install it, or name it with BF_CHROMIUM, and run the command again."
  has npm || die "npm was not found, which the browser tests need; install Node.js 20 or newer and run the command again."
  deploy/tools.sh ollama
  deploy/model.sh fetch-only
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --prefix gateway/tests/e2e
}

find_chromium() {
  local candidate
  for candidate in "${BF_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$candidate" ] && command -v "$candidate"; then return; fi
  done
  return 1
}

binaries() { cargo build --workspace --bins --locked; }
unit() { cargo test --workspace --locked; }

# Seven free ports in a row, below those that the system hands out by itself.
choose_ports() {
  local base port
  while :; do
    base=$((20000 + RANDOM % 10000))
    for port in 0 1 2 3 4 5 6; do
      if listens "127.0.0.1:$((base + port))"; then continue 2; fi
    done
    break
  done
  BF_STORAGE_ADDR=127.0.0.1:$base BF_CHAT_ADDR=127.0.0.1:$((base + 1)) BF_BOTIFY_ADDR=127.0.0.1:$((base + 2))
  BF_WORKFLOW_ADDR=127.0.0.1:$((base + 3)) BF_GATEWAY_ADDR=127.0.0.1:$((base + 4)) BF_SANDBOX_ADDR=127.0.0.1:$((base + 5))
  OLLAMA_HOST=127.0.0.1:$((base + 6))
}

use_private_stack() {
  BF_HOME=$(mktemp -d "${TMPDIR:-/tmp}/botiferrous-test.XXXXXX")
  BF_BIN=$root/target/debug
  # Kept, so that the model is imported once per way of importing it.
  OLLAMA_MODELS=$BF_TOOLS/ollama-models/$(cksum <deploy/model.sh | cut -d ' ' -f 1)
  BF_URL=http://$BF_GATEWAY_ADDR
  BF_KILL="$root/deploy/kill.sh SERVICE"
  export BF_HOME BF_BIN OLLAMA_MODELS BF_URL BF_KILL
  trap end_private_stack EXIT
}

end_private_stack() {
  local status=$?
  stop_stack || true
  if [ $status -ne 0 ]; then
    warn "the logs of the app under test are in $BF_HOME/logs"
  else
    rm -rf "$BF_HOME"
  fi
}

start() {
  start_stack
  wait_for_services
  wait_for_model 90
  ollama_has_a_model
}

# However a service dies, it is back within two seconds.
restarts() {
  local service start took
  for service in "${services[@]}"; do
    start=$(date +%s%N)
    deploy/kill.sh "$service"
    until healthy "$service"; do
      [ $((($(date +%s%N) - start) / 1000000)) -lt 10000 ] || die "$service is not back after kill -9"
    done
    took=$((($(date +%s%N) - start) / 1000000))
    say "$service was back $took ms after kill -9"
    [ $took -le 2000 ] || die "$service took longer than 2,000 ms"
  done
}

pages() {
  BF_CHROMIUM=$(find_chromium)
  export BF_CHROMIUM
  cd gateway/tests/e2e
  npx --no-install playwright test
}

stop() {
  stop_stack
  for service in "${services[@]}"; do
    ! listens "$(addr_of "$service")" || die "$service still runs after the stop"
  done
  ! ollama_answers || die "Ollama still runs after the stop"
}

step test-tools install_test_tools
run_checks
step binaries binaries
step tests unit

choose_ports
use_private_stack
# The app is started for the steps that need it, whichever of them was asked for.
for name in start smoke restarts pages stop; do
  if is_wanted "$name"; then
    [ "$name" = start ] || is_wanted start || start
    break
  fi
done
step start start
step smoke deploy/smoke.sh
step restarts restarts
step pages pages
step stop stop
total
