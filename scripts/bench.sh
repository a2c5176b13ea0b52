#!/bin/sh
# The benchmarks: ratios to a peer, in one run, on the release build.
#
#   scripts/bench.sh [load] [answer] [door] [flow] [pages]      all five when none is named
#
# load    records a second into fact_permis, against psql. The real permits are read from
#         ../shared or MG_SHARED; without them it is left out. RECORDS: how many.
# answer  from start to the first tool answer, against a server of Python's own SDK.
# door    tools/call against the MCP servers that people put before a Postgres. They are
#         installed in the build folder by npm and pip; what cannot be had is left out. It
#         takes four minutes. SERVERS="mg toolbox dbhub fastmcp", CALLERS="1 8 64",
#         WORKLOADS="key rows", KEYS=16, ROUNDS=3, SECONDS_EACH=2 and WARM_UP=2 choose;
#         MG names another `mg`. Settings of `mg serve` are given as MG__LIMITS__ROWS=...
# flow    40 short tasks in a row, 10 long ones in a row, 400 short ones side by side, and what
#         idleness costs, against Apache Airflow 3 and graphile-worker on the same Postgres. They
#         are installed in the build folder by pip and npm; it takes ten minutes, nine of them
#         Airflow's. ENGINES="mg mg-2 mg-4 graphile airflow airflow-tuned", WORKLOADS="row_short
#         row_long wide_short", ROUNDS=3 (Airflow has one), IDLE_SECONDS=30 and
#         AIRFLOW_PARALLELISM=8 choose. Raw figures are kept in the build folder's peers/results.
# pages   crawls of 2,000 and 20,000 linked pages, robots.txt obeyed, 32 requests at a time, title and
#         rows stored in Postgres, against Scrapy and Crawlee for Python, on one site in turn. They are
#         installed in the build folder by pip; it takes eight minutes, most of them the peers'.
#         CRAWLERS="mg scrapy crawlee", SIZES="2000 20000" and ROUNDS=3 (of sizes up to 5,000) choose.
set -eu
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
bench="$target/release/examples/bench"

load() {
    echo "== Loading permits: records a second into fact_permis, against psql's \\copy"
    real="${MG_SHARED:-../shared}/data/sitadel/logements_31555_2026-01.csv"
    if [ -f "$real" ]; then
        "$bench" load "$real" "${RECORDS:-500000}"
    else
        echo "left out: the real permits are not here"
    fi
}

answer() {
    echo "== From start to the first tool answer, against a server of Python's own SDK"
    python="${MG_TEST_VENV:-$target/client-venv}/bin/python"
    "$bench" answer "$mg" "$python" scripts/bench/peers/least.py
}

door() {
    echo "== The agents' door: tools/call by primary key and of 1,000 rows, side by side"
    scripts/bench/install.sh "$target/peers" door
    servers=""
    for server in ${SERVERS:-mg toolbox dbhub fastmcp}; do
        if [ "$server" = mg ] || [ -f "$target/peers/$server.installed" ]; then
            servers="$servers $server"
        else
            echo "left out: $server could not be installed"
        fi
    done
    SERVERS="$servers" "$bench" door "$mg" scripts/bench/peers "$target/peers"
}

flow() {
    echo "== The flow engine: tasks in a row and side by side, and idleness"
    scripts/bench/install.sh "$target/peers" flow
    cargo build --release -p mg-flow-bench
    PYTHONDONTWRITEBYTECODE=1 "$target/release/mg-flow-bench" bed \
        python3 scripts/bench/flow/compare.py "$target/peers" "$target/peers/results"
}

pages() {
    echo "== Crawls of linked pages: pages a second, from the first request to the last row stored"
    scripts/bench/install.sh "$target/peers" pages
    PYTHONDONTWRITEBYTECODE=1 "$bench" pages scripts/bench/pages "$target/peers"
}

mg="${MG:-$target/release/mg}"
sections="${*:-load answer door flow pages}"
# The flow engine's side is a small program of its own.
[ "$sections" = flow ] || cargo build --release --workspace --bins --examples
for section in $sections; do
    case "$section" in
        load | answer | door | flow | pages) "$section" ;;
        *) echo "there is no section '$section': say load, answer, door, flow or pages" >&2 && exit 2 ;;
    esac
done
