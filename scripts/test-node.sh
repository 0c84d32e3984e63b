#!/bin/bash
# Tests on other releases of Node: the oldest that package.json promises, and the newest of the lines 20, 22 and 24, or
# those given (`npm run test:node -- 22.12.0`). The registry has each as a package. Not a part of `npm test`: it takes
# minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/setup.sh
shopt -s globstar
tests=(
  test/unit/**/*.test.ts
  test/golden/**/*.test.ts
  test/ovs/rest/*.test.ts
  test/ovs/cli/*.test.ts
  test/ovs/ovsdb/{client,tls}.test.ts
  test/ovs/openflow/{connection,controller}.test.ts
  test/ovs/packets/gateway.test.ts
)
oldest=$(node -p "require('semver').minVersion(require('./package.json').engines.node).version")
[ "$#" -gt 0 ] || set -- "$oldest" 20 22 24

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
package=node-$(node -p 'process.platform')-$(node -p 'process.arch')
failed=()
for release in "$@"; do
  bin=$directory/$release/package/bin
  mkdir "$directory/$release"
  (cd "$directory/$release" && tar xzf "$(npm pack --silent "$package@$release" </dev/null)" package/bin/node)
  version=$("$bin/node" --version)
  report=$directory/$version.tap
  if PATH=$bin:$PATH node_modules/.bin/tap run "${tests[@]}" </dev/null >"$report" 2>&1; then
    verdict=passed
  else
    verdict=FAILED
    failed+=("$version")
    grep -E '^ *not ok' -A 20 "$report" || cat "$report"
  fi
  printf 'node %s: %s %s\n' "$version" "$verdict" "$(grep -E '^# \{ total' "$report" || true)"
done
if [ "${#failed[@]}" -gt 0 ]; then
  printf 'failed on: %s\n' "${failed[*]}" >&2
  exit 1
fi
