#!/usr/bin/env bash
# Fetches Flink's job server of the Beam that is installed, with the newest
# Flink that this Beam knows: beam_jobs/flink_job_server.sh PYTHON JAR
# (needs mvn).
set -euo pipefail
python=$1 jar=$2
read -r beam flink < <("$python" -W ignore -c '
import logging
logging.disable()  # Beam misses packages that nothing here needs.
from apache_beam.options.pipeline_options import FlinkRunnerOptions as options
from apache_beam.version import __version__
print(__version__, options.PUBLISHED_FLINK_VERSIONS[-1])')
artifact=org.apache.beam:beam-runners-flink-$flink-job-server:$beam
folder=$(dirname "$jar")
mkdir -p "$folder"
# -U asks again for what was missing before.
if ! mvn -B -U dependency:copy -Dartifact="$artifact" \
  -DoutputDirectory="$folder" > "$folder/mvn.log" 2>&1; then
  echo "error: Maven cannot get $artifact, $folder/mvn.log says why" >&2
  exit 1
fi
mv "$folder/beam-runners-flink-$flink-job-server-$beam.jar" "$jar"
