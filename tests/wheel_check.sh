#!/usr/bin/env bash
# Builds the wheel, installs it in a bare environment (no checkout, no development tools), and asks it for capacity.
set -euo pipefail
: "${BIN:?}" "${PYTHON:?}"
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(cd "$root" && cd "$(dirname "$BIN/x")" && pwd)/python" -m build --wheel --outdir "$work/dist" "$root" >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/python" -m pip --disable-pip-version-check --quiet install -c "$root/constraints.txt" "$work"/dist/*.whl
cd "$work"
venv/bin/policytrack --quiet init demo --demo
rows=$(venv/bin/policytrack -C demo capacity --country CN --activity rare-earth-separation \
  --as-of 2025-10-31 --known-at 2025-10-31 --format jsonl)
grep -q '"pending_net":' <<<"$rows" || { echo "the installed wheel does not answer: $rows" >&2; exit 1; }
venv/bin/policytrack help units | grep -q 'rare-earth-separation' || { echo 'the installed wheel has no topics' >&2; exit 1; }
venv/bin/policytrack --quiet -C demo export ./package
test -s package/datapackage.json
venv/bin/policytrack -C demo verify --quick
echo 'wheel: installs in a bare environment and answers'
