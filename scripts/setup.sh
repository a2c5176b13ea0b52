#!/bin/sh
# Installs what this machine lacks: the C tools and libclang that the build needs, the
# Postgres server, Chromium. With --test also what the tests need: rustfmt, clippy, and Python
# environments with what the programs of clients/ stand on.
#
# Never asks a question. Where it may not install, it prints what to run. Silent and quick
# when nothing is missing.
#
# A need is one word; has_WORD looks for it. Lists of needs are split on purpose:
# shellcheck disable=SC2086
set -eu
cd "$(dirname "$0")/.."

mode="${1:-}"
case "$mode" in
    "") needs="compiler libclang postgres chromium" ;;
    --test) needs="compiler libclang postgres chromium python" ;;
    *) echo "usage: scripts/setup.sh [--test]" >&2; exit 2 ;;
esac

# Two environments: LangChain wants an older MCP client than the others.
clients_dir="${MG_TEST_VENV:-${CARGO_TARGET_DIR:-target}/client-venv}"
clients_pins="clients/requirements.txt clients/requirements-claude.txt clients/requirements-openai.txt"
langgraph_dir="$clients_dir-langgraph"
langgraph_pins=clients/requirements-langgraph.txt

main() {
    check_rust
    check_programs
    if for_tests; then
        check_rust_lints
        make_clients
    fi
}

for_tests() { [ "$mode" = --test ]; }

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Whether one of these paths exists; a pattern that matches nothing does not.
exists() {
    for path in "$@"; do [ -e "$path" ] && return 0; done
    return 1
}

# --- Rust -----------------------------------------------------------------------------

check_rust() {
    if ! have cargo && [ -x "${HOME:-}/.cargo/bin/cargo" ]; then
        fail "cargo is in ~/.cargo/bin, which is not on the PATH. Run: . \"\$HOME/.cargo/env\""
    fi
    have cargo || fail "Rust is missing. Install it as https://rustup.rs says:" \
        "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
    needed="$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' Cargo.toml)"
    found="$(rustc --version 2>/dev/null | cut -d' ' -f2)"
    [ -n "$found" ] || fail "cargo is here, but rustc does not run. Run: rustup default stable"
    [ "$(minor_version "$found")" -ge "$(minor_version "$needed")" ] \
        || fail "Rust $found is too old: $needed or newer is needed. Run: rustup update stable"
}

# 1.94.1 is 94. There is no Rust 2.
minor_version() { printf '%s' "$1" | cut -d. -f2; }

check_rust_lints() {
    if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then return; fi
    have rustup || fail "rustfmt or clippy is missing. Install them with what installed Rust"
    rustup component add rustfmt clippy
}

# --- Programs -------------------------------------------------------------------------

check_programs() {
    missing="$(missing_of $needs)"
    [ -n "$missing" ] || return 0
    say "missing: $(names_of $missing)"
    if may_install; then
        apt_install_needs $missing || true
        missing="$(missing_of $missing)"
        [ -n "$missing" ] || return 0
        say "could not install: $(names_of $missing)"
    fi
    say "run: $(advice $missing)"
    [ "$missing" = "chromium " ] && ! for_tests || exit 1
    say "going on without it: only spiders that need a browser will fail"
}

missing_of() {
    for need in "$@"; do "has_$need" || printf '%s ' "$need"; done
}

has_compiler() { have cc && have ar && printf '#include <stdio.h>\n' | cc -E - >/dev/null 2>&1; }

# pg_query's build reads a C header with it, and that takes the compiler's own headers too.
has_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return 0
    exists /Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
        /opt/homebrew/opt/llvm/lib/libclang.dylib /usr/local/opt/llvm/lib/libclang.dylib && return 0
    exists /usr/lib/llvm*/lib*/libclang.so* /usr/lib/llvm*/lib*/libclang-[0-9]*.so* \
        /usr/lib*/libclang.so* /usr/lib*/libclang-[0-9]*.so* \
        && exists /usr/lib/llvm*/lib*/clang/*/include/stddef.h /usr/lib*/clang/*/include/stddef.h
}

# Where mg looks for it: crates/mg-store/src/cluster/binaries.rs.
has_postgres() {
    [ -n "${MG_POSTGRES_BIN:-}" ] && return 0
    have initdb && have postgres && have pg_ctl && return 0
    exists /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb \
        /opt/homebrew/opt/postgresql*/bin/initdb /usr/local/opt/postgresql*/bin/initdb
}

# Where mg looks for it: crates/mg-crawl/src/browser.rs.
has_chromium() {
    [ -n "${MG__BROWSER__EXECUTABLE:-}" ] && return 0
    have chromium || have chromium-browser || have google-chrome || have google-chrome-stable \
        || exists /Applications/Chromium.app/Contents/MacOS/Chromium
}

has_python() {
    clients_are_ready \
        || python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

names_of() {
    for need in "$@"; do
        case "$need" in
            compiler) echo "a C compiler" ;;
            libclang) echo "libclang with its headers" ;;
            postgres) echo "the Postgres server" ;;
            chromium) echo "Chromium" ;;
            python) echo "Python 3.10 or newer with venv" ;;
        esac
    done | paste -s -d , - | sed 's/,/, /g'
}

# --- Packages -------------------------------------------------------------------------

manager() {
    for name in apt-get dnf pacman apk brew; do
        if have "$name"; then echo "$name"; return; fi
    done
}

package_of() {
    case "$1:$2" in
        apt-get:compiler) echo build-essential ;;
        apt-get:libclang) echo libclang-dev ;;
        apt-get:python) echo python3-venv ;;
        dnf:compiler) echo gcc ;;
        dnf:libclang) echo clang-devel ;;
        dnf:postgres) echo postgresql-server ;;
        pacman:compiler) echo base-devel ;;
        pacman:libclang) echo clang ;;
        apk:compiler) echo build-base ;;
        apk:libclang) echo clang-dev ;;
        brew:compiler | brew:libclang) echo llvm ;;
        brew:postgres) echo postgresql@16 ;;
        pacman:python | brew:python) echo python ;;
        *:postgres) echo postgresql ;;
        *:chromium) echo chromium ;;
        *:python) echo python3 ;;
    esac
}

# What a person has to type.
advice() {
    tool="$(manager)"
    packages="$(for need in "$@"; do package_of "$tool" "$need"; done | sort -u | paste -s -d ' ' -)"
    case "$tool" in
        apt-get) echo "sudo apt-get update && sudo apt-get install -y $packages" ;;
        dnf) echo "sudo dnf install -y $packages" ;;
        pacman) echo "sudo pacman -S --needed --noconfirm $packages" ;;
        apk) echo "apk add $packages (as root)" ;;
        brew) echo "brew install $packages" ;;
        *) echo "your system's package manager; on macOS get Homebrew first, from https://brew.sh" ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    [ "$(manager)" = apt-get ] && as_root true 2>/dev/null
}

apt_install_needs() {
    as_root apt-get -qq update || say "going on with the package lists that are here"
    for need in "$@"; do
        case "$need" in
            postgres) apt_install_postgres ;;
            # Ubuntu has it as a snap only, behind the other name.
            chromium) apt_install chromium || apt_install chromium-browser ;;
            *) apt_install "$(package_of apt-get "$need")" ;;
        esac
    done
}

apt_install() {
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "$@" >/dev/null
}

# Debian makes and starts a cluster when it installs the server. mg keeps one of its own in
# its data folder, so this machine is spared another; what was configured before stays.
apt_install_postgres() {
    settings=/etc/postgresql-common/createcluster.conf
    if [ -e "$settings" ]; then
        apt_install postgresql
        return
    fi
    apt_install postgresql-common && as_root cp -p "$settings" "$settings.before" || return
    as_root sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' "$settings"
    installed=0
    apt_install postgresql || installed=$?
    as_root mv "$settings.before" "$settings"
    return "$installed"
}

# --- The clients that the tests call mg with ------------------------------------------

clients_are_ready() {
    is_ready "$clients_dir" $clients_pins && is_ready "$langgraph_dir" $langgraph_pins
}

# Side by side, for most of it is waiting for downloads.
make_clients() {
    clients_are_ready && return
    make_environment "$clients_dir" $clients_pins &
    made=0
    make_environment "$langgraph_dir" $langgraph_pins || made=$?
    wait "$!" || made=$?
    [ "$made" = 0 ] || fail "the clients of the tests could not be downloaded; the tests from outside need them"
}

# Whether the environment at $1 has just what the files after it pin.
is_ready() {
    dir="$1"
    shift
    [ -x "$dir/bin/python" ] && cat "$@" | cmp -s - "$dir/installed.txt"
}

# A subshell: each has a lock and names of its own.
make_environment() (
    dir="$1"
    shift
    is_ready "$dir" "$@" && return
    # Two setups at a time would clear each other's environment away.
    if have flock; then
        mkdir -p "$(dirname "$dir")"
        exec 9>"$dir.lock"
        flock 9
        is_ready "$dir" "$@" && return
    fi
    say "installing clients of the tests in $dir"
    arguments="$(for pins in "$@"; do printf -- '-r %s ' "$pins"; done)"
    # Its mark is written last: an environment cut off in the middle is made again.
    python3 -m venv --clear "$dir" \
        && "$dir/bin/python" -m pip install --quiet --disable-pip-version-check $arguments \
        && cat "$@" >"$dir/installed.txt"
)

main
