#!/bin/sh
# Checks the walls between crates, licences and sources (deny.toml), where cargo-deny is installed.
set -eu
cd "$(dirname "$0")/.."

if ! command -v cargo-deny >/dev/null 2>&1; then
    echo "cargo-deny is not installed, so deny.toml was left out: cargo install --locked cargo-deny"
    exit 0
fi
# Offline it still looks into the crates of every platform, not only those built here.
cargo fetch --locked --quiet
cargo deny --offline --locked check bans licenses sources
