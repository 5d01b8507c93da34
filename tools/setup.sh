#!/bin/sh
# Makes .venv from a lock file. Usage: sh tools/setup.sh LOCK READY_FILE
# Two at once are safe: the second waits for the first. A broken .venv is made anew.
set -eu
lock=$1
ready=$2
venv=$(dirname "$ready")

newest_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "setup: Python 3.11 or newer is needed; install it, or name it: make setup PYTHON=/path/to/python3" >&2
    exit 1
}

if [ -z "${LECTUREBOOK_SETUP_LOCKED:-}" ] && command -v flock >/dev/null 2>&1; then
    exec env LECTUREBOOK_SETUP_LOCKED=1 flock .setup.lock sh "$0" "$@"
fi
if [ -e "$ready" ] && [ "$ready" -nt "$lock" ] && [ "$ready" -nt pyproject.toml ]; then
    exit 0 # another run made it while this one waited
fi

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(newest_python)
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >"$venv.log" 2>&1; then
        tail -n 3 "$venv.log" >&2
        echo "setup: $python cannot make environments; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
    rm -f "$venv.log"
fi
echo "setup: installing the packages of $lock into $venv ..." >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
touch "$ready"
