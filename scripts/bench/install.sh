#!/bin/sh
# Installs what `make bench` holds `mg` against into the folder $1, which lies outside the
# sources: for the section $2, door, flow or pages. What is there in its version is left alone; what
# cannot be had is left out, for a benchmark of fewer is better than none.
set -eu

folder="$1"
section="$2"
constraints="$(dirname "$0")/peers/airflow-constraints.txt"
mkdir -p "$folder"
toolbox=1.12.0
dbhub=0.21.2
node=22.23.3
fastmcp=4.1.2
asyncpg=0.32.0
airflow=3.3.2
psycopg2=2.9.13
graphile=0.18.0
scrapy=2.19.0
crawlee=1.11.0
psycopg=3.3.9

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

queue_by_npm() {
    rm -rf "$folder/queue" && mkdir -p "$folder/queue" &&
        echo '{ "private": true }' >"$folder/queue/package.json" &&
        npm install --prefix "$folder/queue" --ignore-scripts --no-audit --no-fund --loglevel=error \
            "node-linux-$machine@$node" "graphile-worker@$graphile" &&
        ln -sfn "node_modules/node-linux-$machine/bin/node" "$folder/queue/node"
}

airflow_by_pip() {
    python3 -m venv --clear "$folder/airflow" &&
        "$folder/airflow/bin/pip" install --quiet --disable-pip-version-check \
            --constraint "$constraints" \
            "apache-airflow==$airflow" "psycopg2-binary==$psycopg2" "asyncpg==$asyncpg"
}

scrapy_by_pip() {
    python3 -m venv --clear "$folder/scrapy" &&
        "$folder/scrapy/bin/pip" install --quiet --disable-pip-version-check \
            "scrapy==$scrapy" "psycopg[binary]==$psycopg"
}

crawlee_by_pip() {
    python3 -m venv --clear "$folder/crawlee" &&
        "$folder/crawlee/bin/pip" install --quiet --disable-pip-version-check \
            "crawlee[parsel]==$crawlee" "psycopg[binary]==$psycopg"
}

# provide NAME VERSIONS COMMAND: installs NAME by the command, unless it is there.
provide() {
    if ! is_there "$1" "$2"; then
        rm -f "$folder/$1.installed"
        if "$3"; then
            echo "$2" >"$folder/$1.installed"
        fi
    fi
}

door() {
    if ! is_there toolbox "$toolbox" || ! is_there dbhub "$dbhub $node"; then
        rm -f "$folder/toolbox.installed" "$folder/dbhub.installed"
        if by_npm; then
            echo "$toolbox" >"$folder/toolbox.installed"
            echo "$dbhub $node" >"$folder/dbhub.installed"
        fi
    fi
    provide fastmcp "$fastmcp $asyncpg" by_pip
}

flow() {
    provide graphile "$graphile $node" queue_by_npm
    provide airflow "$airflow $psycopg2 $asyncpg" airflow_by_pip
}

pages() {
    provide scrapy "$scrapy $psycopg" scrapy_by_pip
    provide crawlee "$crawlee $psycopg" crawlee_by_pip
}

case "$section" in
    door | flow | pages) "$section" ;;
    *) echo "there is no section '$section': say door, flow or pages" >&2 && exit 2 ;;
esac
