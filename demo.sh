#!/usr/bin/env bash
# Photos in, recommendations and designs out, then the studio. Each step is a
# command of its own. FAST=1 takes smaller photos and leaves the designs out.
set -euo pipefail
cd "$(dirname "$0")"

data=runs/demo/data
run=runs/demo/recommender
designs=runs/demo/designs
models=runs/demo/models
server_pid=
declare -A started
number=0
steps=8
image_size=192
if [ "${FAST:-0}" != 0 ]; then
  designs= # None are made.
  steps=7
  image_size=128
fi

stop() {
  for pid in $server_pid "${started[@]}"; do
    kill "$pid" 2> /dev/null || true
  done
}
trap stop EXIT

step() {
  number=$((number + 1))
  printf '\n[%s/%s] %s\n' $number $steps "$1"
}

execute() {
  printf '$'
  printf ' %q' "$@"
  echo
  "$@"
}

# Runs a command beside the next steps, until `finish NAME` prints what it said.
start() { # NAME COMMAND...
  local name=$1
  shift
  echo "$ $* &"
  "$@" > "runs/demo/$name.txt" 2> "runs/demo/$name.log" &
  started[$name]=$!
}

finish() { # NAME
  wait "${started[$1]}" || { cat "runs/demo/$1.log" >&2; exit 1; }
  unset "started[$1]"
  cat "runs/demo/$1.txt"
}

rm -rf runs/demo

step "prepare the shipped photos with Beam: each garment cut out, on white"
execute python -m beam_jobs.prepare --interactions data/wardrobes.parquet \
  --user_column owner --category_column label --mask_column mask \
  --background white --image_size $image_size --data_dir $data

step "validate the data with TensorFlow Data Validation, during the next step"
if python -c 'import importlib.util as u, sys
sys.exit(not u.find_spec("tensorflow_data_validation"))'; then
  start validation python -m beam_jobs.validate --data_dir $data
else
  echo "left out: TensorFlow Data Validation has no wheel for this Python and C library"
fi

step "train the two towers on the pixels, from a pretrained network"
execute python -m trainer.task recommender --data_dir $data --run_dir $run \
  --config configs/demo.yaml
[ -z "${started[validation]:-}" ] || finish validation
if [ -n "$designs" ]; then
  start designer python -m export.task designer --run_dir $run \
    --cut_generator data/cut_generator.npz --model_dir $models/designer
fi

step "evaluate on held-out items, beside four baselines"
execute python -m trainer.task evaluate --run_dir $run \
  --baselines random,popularity,ease,vis_rank

if [ -n "$designs" ]; then
  step "design clothes for each user of the report, of real and of drawn shapes"
  readarray -t users < <(python -c '
import sys
from atelier.io import json_files
from atelier.schema import run_artifacts
from serving.report.users_section import choose_users
for rows in choose_users(json_files.read_json_lines(sys.argv[1], run_artifacts.RANKS), 3):
    print(rows[0]["user_id"])' $run)
  execute python -m trainer.task design --run_dir $run "${users[@]/#/--user=}" \
    --count 3 --cut_generator data/cut_generator.npz --out $designs
fi

served=(--model recommender=$models/recommender)
step "export SavedModels"
execute python -m export.task recommender --run_dir $run --model_dir $models/recommender
if [ -n "$designs" ]; then
  finish designer
  served+=(--model designer=$models/designer)
fi
# For TF Serving in a container, where the models are in /models.
python -m serving.ops.configure "${served[@]/$models/\/models}" \
  --out runs/demo/tf_serving_config > /dev/null

step "start a local server and call it over gRPC"
printf '$ python -m serving.local_server %s --port 0 &\n' "${served[*]}"
python -m serving.local_server "${served[@]}" --port 0 --ready_file runs/demo/server &
server_pid=$!
for _ in {1..600}; do
  [ ! -e runs/demo/server ] || break
  kill -0 $server_pid || exit 1
  sleep 0.2
done
[ -e runs/demo/server ] || { echo 'error: the server is not ready after 2 minutes' >&2; exit 1; }
server=$(cat runs/demo/server)

readarray -t users < <(head -n 2 $data/vocab/users.txt)
execute python -m serving.client --server "$server" recommend \
  --user "${users[0]}" --user "${users[1]}" --user unknown-user --count 3
if [ -n "$designs" ]; then
  execute python -m serving.client --server "$server" compose \
    --user "${users[0]}" --category T-Shirt --count 2 --out runs/demo/composed
fi

step "write the report"
execute python -m serving.report --server "$server" --data_dir $data --run_dir $run \
  --num_users 3 --designs "$designs" --out runs/demo/report.html \
  --note "Users took these photos on their own floors and beds, which a model \
would learn with the clothes; so each garment is cut out (data/README.md)."
stop

printf '\n%s\n' "$(python -c '
import json, sys
print(json.load(open(sys.argv[1]))["verdict"])' $run/metrics.json)"
echo "The report is runs/demo/report.html, and the studio shows the same models."
if [ -t 1 ]; then
  execute python -m serving.studio "${served[@]}"
else
  echo "Open the studio at http://localhost:8080 with: make studio"
fi
