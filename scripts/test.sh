#!/bin/bash
# Everything a change must pass: set-up, linters, then all tests (or the files given). Ends with one line of counts.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/setup.sh
echo 'lint: biome, tsc, dockerfile'
npm run --silent lint

report=.tap/report.tap
rm -f "$report"
status=0
if [ -t 1 ] || [[ " $*" == *' --reporter'* ]]; then
  node_modules/.bin/tap run --output-file="$report" "$@" </dev/null || status=$?
else
  # Without a terminal tap prints TAP itself, and --output-file would print it twice.
  node_modules/.bin/tap run "$@" </dev/null | tee "$report" || status=$?
fi
node --import=tsx scripts/count-tests.ts "$report" "$status"
