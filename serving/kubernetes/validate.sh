#!/usr/bin/env bash
# Validates the manifests of the studio, of the nightly run, and of stable/ and
# canary/, without and with TLS. Needs kubectl and kubernetes-validate.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp -r base canary stable tls "$folder"
validate() { # FOLDER
  kubectl kustomize "$1" > "$folder/built.yaml"
  kubernetes-validate --strict --quiet "$folder/built.yaml"
}
validate studio
validate ../../pipelines/kubernetes
for track in canary stable; do
  validate "$track"
  echo "components: [../tls]" >> "$folder/$track/kustomization.yaml"
  validate "$folder/$track"
done
