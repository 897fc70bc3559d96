#!/usr/bin/env bash
# Fetches the parts of an engine and runs its tests:
#   run.sh PYTHON flink|spark|prism [PYTEST ARGUMENTS]
# Where a needed program is not installed, prints "not run: ..." and exits 0;
# everything else that goes wrong is a failure.
set -euo pipefail
python=$1 engine=$2
shift 2
# The newest that is served; that of Beam 2.72 is not.
prism_version=v2.73.0
gobin=${XDG_CACHE_HOME:-$HOME/.cache}/atelier/prism-$prism_version
if [[ $engine == prism ]]; then
  PATH=$gobin:$PATH
  command -v prism > /dev/null && needed=() || needed=(go)
else
  needed=(java mvn)
fi
for program in "${needed[@]}"; do
  if ! command -v "$program" > /dev/null; then
    echo "not run: make test-$engine, $program is not installed"
    exit 0
  fi
done
if [[ $engine != prism ]]; then
  "$python" -m beam_jobs.engines.job_server "$engine" > /dev/null
elif ! command -v prism > /dev/null; then
  echo "building prism, which takes minutes"
  mkdir -p "$gobin"
  GOBIN=$gobin go install \
    "github.com/apache/beam/sdks/v2/go/cmd/prism@$prism_version"
fi
# With fewer threads the engine's processes do not fight for the cores.
ENGINES=$engine TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1 \
  "$python" -m pytest "tests/beam_jobs/engines/test_$engine.py" "$@"
