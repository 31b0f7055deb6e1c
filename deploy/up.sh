#!/usr/bin/env bash
# From whatever is there to a running app: tools, build, start, wait, browser.
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"
load_settings

address=$BF_GATEWAY_ADDR
case $address in unix:*) ;; *) address=http://$address ;; esac

open_browser() {
  [ "${BF_OPEN:-1}" != 0 ] || return 0
  case $address in http*) ;; *) return 0 ;; esac
  if [ "$(uname)" = Darwin ]; then
    open "$address"
  elif has wslview; then
    wslview "$address"
  elif grep -qi microsoft /proc/version 2>/dev/null && has explorer.exe; then
    explorer.exe "$address"
  elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && has xdg-open; then
    xdg-open "$address"
  fi >/dev/null 2>&1 || true # a browser that does not open is no failure: the address is printed
}

if has process-compose && stack_runs; then
  say "Botiferrous already runs at $address"
  exit
fi
has curl || die "curl was not found; install it and run the command again."

say "Tools"
"$root/deploy/tools.sh" process-compose grpcurl
# Without a model everything but the chat works, so a failure here is told and no more.
if ! ollama_answers; then "$root/deploy/tools.sh" ollama || warn "starting without Ollama; the chat will say that it is missing."; fi

if [ -z "${BF_BIN:-}" ]; then
  say "Build"
  "$root/deploy/build.sh"
  BF_BIN=$root/target/release
fi
BF_BIN=$(absolute "$BF_BIN")
export BF_BIN
for service in "${services[@]}"; do
  [ -x "$BF_BIN/$service" ] || die "$BF_BIN/$service is not there; build it, or unset BF_BIN to have it built."
done

require_free_ports
say "Start"
start_stack
if ! wait_for_services; then
  stop_stack || true
  exit 1
fi
wait_for_model 90
say "Botiferrous runs at $address - its data and logs are in $BF_HOME - ./bf down stops it"
open_browser
