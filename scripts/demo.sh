#!/bin/bash
# Sets up what is missing, then runs the demo in a lab of its own; arguments go to the demo.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/setup.sh
exec node --import=tsx scripts/demo/main.ts "$@"
