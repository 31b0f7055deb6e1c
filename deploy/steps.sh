# shellcheck shell=bash
# Runs named steps one after the other, with their times, and stops at the first that fails. Sourced, never run.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$root"
passed=0
wanted=() # names given on the command line; none means all

is_wanted() {
  [ ${#wanted[@]} -eq 0 ] && return
  local name
  for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return; done
  return 1
}

# step NAME COMMAND...: the command runs in a shell of its own, in the repository's root.
step() {
  local name=$1 start=$SECONDS
  shift
  is_wanted "$name" || return 0
  printf '\n--- %s\n' "$name"
  # A plain subshell, not part of a condition: else bash would ignore the failures inside it.
  set +e
  (
    set -e
    cd "$root"
    "$@"
  )
  local status=$?
  set -e
  if [ $status -ne 0 ]; then
    printf '\nstep %s ... FAILED (%s s)\n\n%s passed, 1 failed\n' "$name" $((SECONDS - start)) "$passed"
    exit 1
  fi
  passed=$((passed + 1))
  printf 'step %s ... ok (%s s)\n' "$name" $((SECONDS - start))
}

total() {
  [ "$passed" -gt 0 ] || die "there is no step ${wanted[*]}; the names are in deploy/check.sh and deploy/test.sh."
  printf '\nall steps took %s s\n\n%s passed, 0 failed\n' "$SECONDS" "$passed"
}

# Installs Debian packages where that is possible without asking; elsewhere says what is missing.
install_packages() {
  local packages=("$@")
  [ ${#packages[@]} -gt 0 ] || return 0
  if has apt-get && [ "$(id -u)" = 0 ]; then
    say "  installing ${packages[*]}, since the checks use them"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >/dev/null 2>&1 ||
      die "the packages ${packages[*]} could not be installed; install them yourself and run the command again."
  else
    warn "missing: ${packages[*]}; install them (Debian: apt-get install ${packages[*]}), or enter the nix shell."
  fi
}
