#!/bin/sh
# Installs the servers that `make bench` holds `mg serve` against into the folder $1, which
# lies outside the sources. A server that is there in its version is left alone; one that
# cannot be had is left out, for a benchmark of fewer is better than none.
set -eu

folder="$1"
mkdir -p "$folder"
toolbox=1.12.0
dbhub=0.21.2
node=22.23.3
fastmcp=4.1.2
asyncpg=0.32.0

case "$(uname -m)" in
    aarch64 | arm64) machine=arm64 ;;
    *) machine=x64 ;;
esac

# is_there NAME VERSIONS: whether NAME was installed in these versions.
is_there() {
    [ "$(cat "$folder/$1.installed" 2>/dev/null)" = "$2" ]
}

by_npm() {
    # Node itself comes as a package too; no package needs its scripts run.
    rm -rf "$folder/node" && mkdir -p "$folder/node" &&
        echo '{ "private": true }' >"$folder/node/package.json" &&
        npm install --prefix "$folder/node" --ignore-scripts --no-audit --no-fund --loglevel=error \
            "node-linux-$machine@$node" "@toolbox-sdk/server@$toolbox" "@bytebase/dbhub@$dbhub" &&
        ln -sfn "node_modules/node-linux-$machine/bin/node" "$folder/node/node" &&
        ln -sfn "node_modules/@toolbox-sdk/server-linux-$machine/bin/toolbox" "$folder/node/toolbox" &&
        ln -sfn "node_modules/@bytebase/dbhub/dist/index.js" "$folder/node/dbhub.js"
}

by_pip() {
    python3 -m venv --clear "$folder/python" &&
        "$folder/python/bin/pip" install --quiet --disable-pip-version-check \
            "fastmcp==$fastmcp" "asyncpg==$asyncpg"
}

if ! is_there toolbox "$toolbox" || ! is_there dbhub "$dbhub $node"; then
    rm -f "$folder/toolbox.installed" "$folder/dbhub.installed"
    if by_npm; then
        echo "$toolbox" >"$folder/toolbox.installed"
        echo "$dbhub $node" >"$folder/dbhub.installed"
    fi
fi
if ! is_there fastmcp "$fastmcp $asyncpg"; then
    rm -f "$folder/fastmcp.installed"
    if by_pip; then
        echo "$fastmcp $asyncpg" >"$folder/fastmcp.installed"
    fi
fi
