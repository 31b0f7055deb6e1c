#!/usr/bin/env bash
# Builds the binaries, unless BF_BIN names a folder that holds them. The first process of process-compose.yaml, so that
# a plain `process-compose up` in the nix shell needs nothing done before it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
load_settings

if [ -n "${BF_BIN:-}" ]; then
  say "taking the binaries in $BF_BIN"
  exit
fi
has cargo || die "cargo was not found; install Rust with rustup, or enter the nix shell with \`nix develop\`, and run the command again."
has cc || has gcc || has clang || die "a C compiler was not found, which building SQLite needs; install one (Debian: apt-get install build-essential) and run the command again."
cd "$root"
cargo build --release --locked --workspace --bins
