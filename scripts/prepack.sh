#!/bin/bash
# npm runs it before it packs or publishes: dist as the sources are now, whatever the checkout holds.
set -euo pipefail
cd "$(dirname "$0")/.."

# npm writes the tarball's name to the standard output, and callers read it.
exec >&2

# A fresh clone has no compiler yet.
[ -x node_modules/.bin/tsc ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
rm -rf dist
npm run --silent build </dev/null
