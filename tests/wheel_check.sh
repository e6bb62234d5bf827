#!/usr/bin/env bash
# Builds the wheel twice, which must give the same bytes, installs it in a bare environment (no checkout, no development
# tools, only pinned files with known hashes), and asks it for capacity.
set -euo pipefail
: "${BIN:?}" "${PYTHON:?}"
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python="$(cd "$root" && cd "$(dirname "$BIN/x")" && pwd)/python"
build() { # FOLDER TO: without isolation, since the build tools are pinned in this environment
  "$python" -m build --no-isolation --outdir "$2" "$1" >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
}
export SOURCE_DATE_EPOCH=1764201600
build "$root" "$work/dist"
# Elsewhere, later, under another umask, and from what the source distribution holds.
(umask 077 && mkdir "$work/again" && tar -xzf "$work"/dist/*.tar.gz -C "$work/again" && build "$work"/again/* "$work/dist-again")
for made in "$work"/dist/*; do
  cmp "$made" "$work/dist-again/$(basename "$made")" || { echo "$(basename "$made"): two builds differ" >&2; exit 1; }
done
"$PYTHON" -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
"$python" "$root/tools/supply_chain.py" locked >"$work/requirements.txt"
pip install --require-hashes --requirement "$work/requirements.txt"
pip install --no-deps "$work"/dist/*.whl
pip check
cd "$work"
venv/bin/policytrack --quiet init demo --demo
rows=$(venv/bin/policytrack -C demo capacity --country CN --activity rare-earth-separation \
  --as-of 2025-10-31 --known-at 2025-10-31 --format jsonl)
grep -q '"pending_net":' <<<"$rows" || { echo "the installed wheel does not answer: $rows" >&2; exit 1; }
topic=$(venv/bin/policytrack help activities)
grep -q 'rare-earth-separation' <<<"$topic" || { echo 'the installed wheel has no topics' >&2; exit 1; }
venv/bin/policytrack --quiet -C demo report -o report.html
grep -q '</html>' report.html || { echo 'the installed wheel has no page for reports' >&2; exit 1; }
venv/bin/policytrack --quiet -C demo export ./package
test -s package/datapackage.json
venv/bin/policytrack -C demo verify --quick
echo 'wheel: two builds are equal; it installs in a bare environment and answers'
