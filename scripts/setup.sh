#!/bin/bash
# Makes a fresh clone ready: system packages, node_modules, tap's plugins, dist. Does only what is missing, so it is
# cheap to run before everything else. Never starts or stops the machine's own Open vSwitch: the lab needs its programs.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# One "command package" a line: what the lab and the benchmarks call, and who brings it on Debian.
tools='
ovs-vswitchd openvswitch-switch
ovsdb-server openvswitch-common
ip iproute2
ethtool ethtool
tcpdump tcpdump
ping iputils-ping
setpriv util-linux
mount mount
ps procps
curl curl
openssl openssl
/usr/bin/python3 python3
'

missing_packages() {
  local tool package
  while read -r tool package; do
    [ -z "$tool" ] || command -v "$tool" >/dev/null || printf '%s\n' "$package"
  done <<<"$tools" | sort -u
}

policy=/usr/sbin/policy-rc.d

restore_policy() {
  rm -f "$policy"
  [ ! -e "$policy.pointsman" ] || mv "$policy.pointsman" "$policy"
}

install_packages() {
  [ "$(id -u)" = 0 ] || fail "run as root, or install: $*"
  command -v apt-get >/dev/null || fail "not a Debian system; install what brings: $*"
  export DEBIAN_FRONTEND=noninteractive
  # Packages ask this file whether they may start their services (invoke-rc.d(8)); 101 is no.
  [ ! -e "$policy" ] || mv "$policy" "$policy.pointsman"
  trap restore_policy EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  local log
  log=$(mktemp)
  step "apt-get install $*"
  if ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    fail 'apt-get failed'
  fi
  rm -f "$log"
  restore_policy
  trap - EXIT
  # Installing enables it for the next boot; whoever wants it on this machine says so themselves.
  if [[ " $* " == *' openvswitch-switch '* ]] && [ -d /run/systemd/system ]; then
    systemctl --quiet disable openvswitch-switch.service
  fi
}

# `engines` of package.json; nothing that could read it is installed yet.
needed='Node.js 24 is best, 22 and 20 from 20.19 on will do'
command -v node >/dev/null || fail "$needed"
node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
process.exit(major >= 22 || (major === 20 && minor >= 19) ? 0 : 1)' || fail "$needed; this is $(node -v)"

mapfile -t packages < <(missing_packages)
if [ "${#packages[@]}" -gt 0 ]; then
  install_packages "${packages[@]}"
  mapfile -t packages < <(missing_packages)
  [ "${#packages[@]}" = 0 ] || fail "still missing: ${packages[*]}"
fi

# By content: a checkout touches the lock file without changing it.
lock=$(sha256sum <package-lock.json)
if [ "$(cat node_modules/.installed-lock 2>/dev/null)" != "$lock" ]; then
  step 'npm ci'
  # No dependency needs its install script: esbuild's binary comes as an optional package.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
  printf '%s\n' "$lock" >node_modules/.installed-lock
  rm -rf .tap/plugins
fi

if [ ! -d .tap/plugins ] || [ .taprc -nt .tap/plugins ]; then
  step 'tap build'
  node_modules/.bin/tap build </dev/null >.tap-build.log 2>&1 || {
    cat .tap-build.log >&2
    fail 'tap build failed'
  }
  rm -f .tap-build.log
  touch .tap/plugins
fi

if [ ! -e dist/.built ] || [ -n "$(find src package-lock.json tsconfig.json tsconfig.build.json -newer dist/.built -print -quit)" ]; then
  step 'npm run build'
  rm -rf dist
  npm run --silent build </dev/null
  touch dist/.built
fi
step 'ready'
