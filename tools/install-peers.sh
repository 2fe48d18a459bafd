#!/usr/bin/env bash
# Installs nginx, the yardstick of one benchmark row, where that can be done without asking. Everything runs without
# it: the row is left out. So this never fails, and says in one line what happened.
set -u

if command -v nginx >/dev/null 2>&1; then
  echo "nginx is installed"
elif [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "nginx is not installed, and this is not root on a Debian system: comparisons with nginx are left out"
elif { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light; } >/dev/null 2>&1 ||
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >/dev/null 2>&1; then
  echo "nginx installed"
else
  echo "nginx could not be installed: comparisons with nginx are left out"
fi
exit 0
