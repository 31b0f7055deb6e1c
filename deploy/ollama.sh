#!/usr/bin/env bash
# Ollama as a process of ours: one that runs already is used and left alone, otherwise we start our own.
# `--probe` exits with 0 when it answers.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
load_settings

if [ "${1:-}" = --probe ]; then
  ollama_answers
  exit
fi

address=$(ollama_url)
address=${address#*://}
# Ends when the other one goes away; process-compose then starts this script again, and it starts our own.
if ollama_answers; then
  say "using the Ollama that already runs at $address"
  while ollama_answers; do sleep 5; done
  die "the Ollama at $address went away"
fi

case $address in
  127.* | localhost:* | '[::1]:'*) ;;
  *)
    # Another machine's Ollama is not ours to start: wait for it.
    say "waiting for the Ollama at $address"
    until ollama_answers; do sleep 5; done
    exec "${BASH_SOURCE[0]}"
    ;;
esac
has ollama || die "Ollama was not found; install it, or run ./bf up, which builds it; everything but the chat works without."

# Models that the user has are used; else they live with the rest of our data.
[ -d "${HOME:-/nonexistent}/.ollama/models" ] || export OLLAMA_MODELS="${OLLAMA_MODELS:-$BF_HOME/models}"
export HOME="${HOME:-$BF_HOME}"
export OLLAMA_KEEP_ALIVE="${OLLAMA_KEEP_ALIVE:-30m}" OLLAMA_NUM_PARALLEL="${OLLAMA_NUM_PARALLEL:-1}"
export OLLAMA_MAX_LOADED_MODELS="${OLLAMA_MAX_LOADED_MODELS:-1}" OLLAMA_CONTEXT_LENGTH="${OLLAMA_CONTEXT_LENGTH:-4096}"
export OLLAMA_MAX_QUEUE="${OLLAMA_MAX_QUEUE:-16}" OLLAMA_NO_CLOUD="${OLLAMA_NO_CLOUD:-1}"
exec ollama serve
