#!/usr/bin/env bash
# The checks that need no running service. Usage: ./bf check [STEP...]
# shellcheck source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
load_settings

install_check_tools() {
  local missing=()
  has shellcheck || missing+=(shellcheck)
  has nix || missing+=(nix-bin)
  has c++ || has clang++ || missing+=(build-essential)
  has curl || missing+=(curl)
  install_packages ${missing[@]+"${missing[@]}"}
  deploy/tools.sh process-compose grpcurl buf cargo-deny
}

format() { cargo fmt --all -- --check; }
lint() { cargo clippy --workspace --all-targets --locked -- -D warnings; }
docs() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --lib --no-deps --locked; }
contracts() { buf lint; }
# Advisories need a database that is fetched from elsewhere; they are no part of a check that must work offline.
dependencies() { cargo deny --locked check bans licenses sources; }

scripts() {
  if ! has shellcheck; then
    say "skipped: shellcheck is not installed"
    return
  fi
  shellcheck bf .ci/run deploy/*.sh
}

processes() { PC_LOG_FILE=/dev/null process-compose --disable-dotenv --config process-compose.yaml --dry-run 2>/dev/null && echo; }

# Without a nixpkgs at hand the flake is evaluated against a stand-in that knows the names of the packages it may use.
flake() {
  if ! has nix; then
    say "skipped: nix is not installed"
    return
  fi
  local copy system nix=(nix --extra-experimental-features 'nix-command flakes' --offline)
  nix-instantiate --parse flake.nix >/dev/null
  copy=$(mktemp -d) # nix copies the whole folder of a flake, so not one that holds target/
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$copy'" EXIT
  cp -r flake.nix Cargo.toml Cargo.lock process-compose.yaml deploy "$copy/"
  for system in x86_64-linux aarch64-linux x86_64-darwin aarch64-darwin; do
    "${nix[@]}" eval --raw "path:$copy#lib.$system" --no-write-lock-file \
      --override-input nixpkgs "path:$root/deploy/nix-stub" 2>"$copy/messages" || {
      cat "$copy/messages" >&2
      return 1
    }
    echo
  done
}

run_checks() {
  step tools install_check_tools
  step format format
  step lint lint
  step docs docs
  step contracts contracts
  step dependencies dependencies
  step scripts scripts
  step processes processes
  step flake flake
}

# test.sh sources this file for its steps.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  wanted=("$@")
  run_checks
  total
fi
