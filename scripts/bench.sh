#!/bin/sh
# The benchmarks: ratios to a peer, in one run, on the release build.
# The real permits are read from ../shared or MG_SHARED; without them the first is left out.
set -eu
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
real="${MG_SHARED:-../shared}/data/sitadel/logements_31555_2026-01.csv"
python="${MG_TEST_VENV:-$target/client-venv}/bin/python"

cargo build --release --workspace --bins --examples
bench="$target/release/examples/bench"

echo "== Loading permits: records a second into fact_permis, against psql's \\copy"
if [ -f "$real" ]; then
    "$bench" load "$real" "${RECORDS:-500000}"
else
    echo "left out: the real permits are not here"
fi

echo "== From start to the first tool answer, against a server of Python's own SDK"
"$bench" answer "$target/release/mg" "$python" scripts/bench/peers/least.py
