#!/usr/bin/env bash
# Installs the programs of others that tests and benchmarks are tried with, where that can be done without asking.
# Everything runs without them: the benchmark's row or the test is left out. So this never fails, and says in one line each what happened.
set -u

may_install() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; }
updated=
install() {
  [ -n "$updated" ] || apt-get update -qq >/dev/null 2>&1
  updated=yes
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1
}

# The command, what is left out without it, and the packages to try, best first.
peer() {
  local command=$1 left_out=$2
  shift 2
  if command -v "$command" >/dev/null 2>&1; then
    echo "$command is installed"
    return
  fi
  if ! may_install; then
    echo "$command is not installed, and this is not root on a Debian system: $left_out are left out"
    return
  fi
  for package in "$@"; do
    if install "$package"; then
      echo "$command installed"
      return
    fi
  done
  echo "$command could not be installed: $left_out are left out"
}

peer nginx 'comparisons with nginx' nginx-light nginx
peer chromium 'tests in a browser' chromium
peer curl 'tests with curl' curl
peer nghttp 'tests with nghttp' nghttp2-client
peer h2load 'tests with h2load' nghttp2-client
peer haproxy 'tests with HAProxy' haproxy
peer dnsmasq 'tests with dnsmasq' dnsmasq-base
peer openssl 'tests with openssl' openssl
exit 0
