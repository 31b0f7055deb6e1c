# shellcheck shell=bash
# What our scripts share: where things are, the settings, and how a person is told what happened. Sourced, never run.
set -euo pipefail

# shellcheck disable=SC2034
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # for the scripts that source this one
services=(storage chat botify workflow gateway sandbox)

say() { printf '%s\n' "$*"; }
warn() { printf 'bf: %s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

# The environment wins over `.env`, as everywhere; process-compose's own reading of that file has it the other way round.
load_env_file() {
  [ -f "$root/.env" ] || return 0
  local line name value
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
    name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
    value=${value%$'\r'}
    if [[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]]; then
      value=${BASH_REMATCH[1]}
    else
      value=${value%%[[:space:]]#*} # a remark behind the value
      value=${value%"${value##*[![:space:]]}"}
    fi
    [ -n "${!name+set}" ] || export "$name=$value"
  done <"$root/.env"
}

# Paths are kept absolute, so that every process means the same file whatever folder it runs in.
absolute() { case $1 in /*) say "$1" ;; *) say "$root/$1" ;; esac; }

load_settings() {
  [ -n "${BF_NO_ENV_FILE:-}" ] || load_env_file
  BF_HOME=$(absolute "${BF_HOME:-data}")
  BF_TOOLS=$(absolute "${BF_TOOLS:-.tools}")
  : "${BF_STORAGE_ADDR:=127.0.0.1:50051}" "${BF_CHAT_ADDR:=127.0.0.1:50052}" "${BF_BOTIFY_ADDR:=127.0.0.1:50053}"
  : "${BF_WORKFLOW_ADDR:=127.0.0.1:50054}" "${BF_GATEWAY_ADDR:=127.0.0.1:5001}" "${BF_SANDBOX_ADDR:=127.0.0.1:50080}"
  : "${OLLAMA_HOST:=127.0.0.1:11434}"
  export BF_HOME BF_TOOLS OLLAMA_HOST
  export BF_STORAGE_ADDR BF_CHAT_ADDR BF_BOTIFY_ADDR BF_WORKFLOW_ADDR BF_GATEWAY_ADDR BF_SANDBOX_ADDR
  export PATH="$BF_TOOLS/bin:$PATH"
}

in_nix() { [ -n "${IN_NIX_SHELL:-}" ]; }
has() { command -v "$1" >/dev/null 2>&1; }

# The variable that holds a service's address.
addr_variable() { say "BF_$(tr '[:lower:]' '[:upper:]' <<<"$1")_ADDR"; }
addr_of() {
  local variable
  variable=$(addr_variable "$1")
  say "${!variable}"
}

# Does anything listen on HOST:PORT?
listens() {
  local host=${1%:*} port=${1##*:}
  host=${host#[} host=${host%]}
  (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}

# OLLAMA_HOST may lack a scheme or a port, and may name "every address": this is where a client finds it.
ollama_url() {
  local host=$OLLAMA_HOST scheme=http
  case $host in *://*) scheme=${host%%://*} host=${host#*://} ;; esac
  host=${host%%/*}
  case $host in
    '' | :*) host=127.0.0.1$host ;;
    0.0.0.0*) host=127.0.0.1${host#0.0.0.0} ;;
  esac
  case $host in *:*) ;; *) host=$host:11434 ;; esac
  say "$scheme://$host"
}
ollama_answers() { curl -fsS --noproxy '*' --max-time 2 "$(ollama_url)/api/version" >/dev/null 2>&1; }
ollama_has_a_model() { curl -fsS --noproxy '*' --max-time 5 "$(ollama_url)/api/tags" 2>/dev/null | grep -q '"name"'; }
