#!/usr/bin/env bash
# Readiness probe: succeeds if every named model has an AVAILABLE version. Status
# 200 is not enough, because TF Serving answers 200 while a version loads.
# Uses only bash, grep and timeout, because TF Serving's image has no curl.
#     ready.sh recommender designer
set -eu
for model in "$@"; do
  exec 3<> "/dev/tcp/127.0.0.1/${REST_PORT:-8501}"
  printf 'GET /v1/models/%s HTTP/1.0\r\n\r\n' "$model" >&3
  timeout 5 grep -q '"AVAILABLE"' <&3
  exec 3>&-
done
