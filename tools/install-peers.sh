#!/usr/bin/env bash
# Installs the programs of others that the gateway is compared and tried with, where that can be done without asking.
# Everything runs without them: a benchmark's row or a test is left out. So this never fails, and says in one line each
# what happened.
set -u

updated=no

# peer <command> <what is left out without it> <package> [<package when there is no such>]
peer() {
  if command -v "$1" >/dev/null 2>&1; then
    echo "$1 is installed"
  elif [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "$1 is not installed, and this is not root on a Debian system: $2 left out"
  elif install "$3" || { [ $# -gt 3 ] && install "$4"; }; then
    echo "$1 installed"
  else
    echo "$1 could not be installed: $2 left out"
  fi
}

install() {
  if [ "$updated" = no ]; then
    apt-get update -qq >/dev/null 2>&1
    updated=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1
}

peer nginx "comparisons with nginx are" nginx-light nginx
peer curl "tests with curl are" curl
peer nghttp "tests with nghttp are" nghttp2-client
peer h2load "tests with h2load are" nghttp2-client
exit 0
