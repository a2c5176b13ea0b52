#!/bin/sh
# Runs the protocol's official conformance suite twice: over its fixtures behind the platform's
# own door, in full, and over the product, the scenarios that need no fixture. Then the
# Inspector looks at the product.
#
# The suite and a Node that runs it come from npm into the target folder; nothing of them is in
# the tree. With --installed only what is there already is used.
set -eu
cd "$(dirname "$0")/.."

suite='@modelcontextprotocol/conformance@0.2.0-alpha.12'
inspector='@modelcontextprotocol/inspector@2.12.0'
# The suite crashes on older ones.
node='node@22'

target="${CARGO_TARGET_DIR:-target}"
tools="$target/conformance"
results="$tools/results"

# What the product can be asked without fixtures: see docs/CONFORMANCE.md.
product_current='tools-list resources-list prompts-list caching sep-2164-resource-not-found
    dns-rebinding-protection http-header-validation input-required-result-unsupported-methods'
product_previous='server-initialize ping tools-list resources-list prompts-list dns-rebinding-protection'

say() { printf 'conformance: %s\n' "$*" >&2; }

install_suite() {
    [ -e "$tools/node_modules/.bin/conformance" ] && [ -e "$tools/node_modules/.bin/mcp-inspector" ] \
        && [ -x "$(node_binary)" ] && return 0
    [ "${1:-}" != --installed ] || { say "not installed: $tools"; exit 1; }
    command -v npm >/dev/null 2>&1 || { say "npm is missing"; exit 1; }
    mkdir -p "$tools"
    [ -e "$tools/package.json" ] || printf '{ "private": true }\n' > "$tools/package.json"
    npm install --prefix "$tools" --no-fund --no-audit "$node" "$suite" "$inspector" >&2
}

node_binary() { printf '%s/node_modules/node/bin/node' "$tools"; }

suite_run() { "$(node_binary)" "$tools/node_modules/@modelcontextprotocol/conformance/dist/index.js" "$@"; }

# Its own notes go to the target folder as well.
inspect() {
    MCP_CATALOG_PATH="$tools/inspector.json" \
        "$(node_binary)" "$tools/node_modules/.bin/mcp-inspector" --cli "$product" --transport http "$@" >/dev/null
}

# The server ends when the pipe to its standard input closes, however this script ends.
start_server() {
    cargo build --quiet --workspace --bin mg-conformance
    pipe="$tools/server.in"
    told="$tools/server.out"
    rm -f "$pipe" "$told"
    mkfifo "$pipe"
    "$target/debug/mg-conformance" < "$pipe" > "$told" &
    server=$!
    exec 9> "$pipe"
    trap 'exec 9>&-; wait "$server" || true' EXIT
    until grep -q '^product ' "$told"; do
        kill -0 "$server" 2>/dev/null || { say "the server did not start"; exit 1; }
        sleep 0.2
    done
    fixtures="$(sed -n 's/^fixtures //p' "$told")"
    product="$(sed -n 's/^product //p' "$told")"
}

failed=''
check() {
    name="$1"
    shift
    say "$name"
    "$@" || failed="$failed
    $name"
}

install_suite "${1:-}"
start_server
for revision in 2026-07-28 2025-11-25; do
    check "fixtures, $revision" suite_run server --url "$fixtures" --requirements "$revision" -o "$results"
done
for scenario in $product_current; do
    check "product, 2026-07-28, $scenario" \
        suite_run server --url "$product" --spec-version 2026-07-28 --scenario "$scenario" -o "$results"
done
for scenario in $product_previous; do
    check "product, 2025-11-25, $scenario" \
        suite_run server --url "$product" --spec-version 2025-11-25 --scenario "$scenario" -o "$results"
done
# --strict: no schema of a tool that a client might refuse.
check "inspector, tools/list" inspect --method tools/list --strict
for method in resources/list resources/templates/list prompts/list; do
    check "inspector, $method" inspect --method "$method"
done
check "inspector, resources/read" inspect --method resources/read --uri mg://stats
check "inspector, prompts/get" inspect --method prompts/get --prompt-name analyze_table --prompt-args table=fact_permis
check "inspector, tools/call" inspect --method tools/call --tool-name run_sql --tool-arg 'sql=select 1'
[ -z "$failed" ] || { say "failed:$failed"; exit 1; }
say "all passed"
