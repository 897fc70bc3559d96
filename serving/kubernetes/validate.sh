#!/usr/bin/env bash
# Validates the manifests of stable/ and canary/, without and with TLS. Needs
# kubectl and kubernetes-validate.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp -r base canary stable tls "$folder"
for track in canary stable; do
  echo "components: [../tls]" >> "$folder/$track/kustomization.yaml"
  for root in . "$folder"; do
    kubectl kustomize "$root/$track" > "$folder/built.yaml"
    kubernetes-validate --strict --quiet "$folder/built.yaml"
  done
done
