#!/usr/bin/env bash
# Succeeds once every model named has a version that is AVAILABLE. An answer
# alone does not count: TF Serving answers 200 while a version loads, too.
# Needs nothing but bash, grep and timeout: its image has no curl.
#     ready.sh recommender designer
set -eu
for model in "$@"; do
  exec 3<> "/dev/tcp/127.0.0.1/${REST_PORT:-8501}"
  printf 'GET /v1/models/%s HTTP/1.0\r\n\r\n' "$model" >&3
  timeout 5 grep -q '"AVAILABLE"' <&3
  exec 3>&-
done
