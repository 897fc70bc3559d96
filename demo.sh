#!/usr/bin/env bash
# Photos in, recommendations out over gRPC; each step is a command of its own.
set -euo pipefail
cd "$(dirname "$0")"

data=runs/demo/data
run=runs/demo/recommender
models=runs/demo/models
server_pid=

stop_server() { [ -z "$server_pid" ] || kill "$server_pid" 2> /dev/null || true; }
trap stop_server EXIT

step() {
  printf '\n[%s] %s\n' "$1" "$2"
  shift 2
  printf '$'
  printf ' %q' "$@"
  echo
  "$@"
}

rm -rf runs/demo

step 1/7 "prepare the shipped photos with Beam" \
  python -m beam_jobs.prepare --interactions data/wardrobes.parquet \
  --user_column owner --category_column label --data_dir $data

step 2/7 "check them with TensorFlow Data Validation" \
  python -m beam_jobs.validate --data_dir $data

step 3/7 "train the two towers jointly from pixels" \
  python -m trainer.task recommender --data_dir $data --run_dir $run

step 4/7 "rank the held-out items, beside the baselines" \
  python -m trainer.task evaluate --run_dir $run

step 5/7 "export a SavedModel" \
  python -m export.task recommender --run_dir $run --model_dir $models/recommender

printf '\n[6/7] start a local server and ask it over gRPC\n'
printf '$ python -m serving.server --model recommender=%s --port 0 &\n' $models/recommender
python -m serving.server --model recommender=$models/recommender \
  --port 0 --ready_file runs/demo/server &
server_pid=$!
for _ in {1..600}; do
  [ ! -e runs/demo/server ] || break
  kill -0 $server_pid || exit 1
  sleep 0.2
done
[ -e runs/demo/server ] || { echo 'error: the server is not ready after 2 minutes' >&2; exit 1; }
server=$(cat runs/demo/server)

readarray -t people < <(head -n 2 $data/vocab/users.txt)
step 6/7 "ask for two people and a stranger" \
  python -m serving.client --server "$server" recommend \
  --user "${people[0]}" --user "${people[1]}" --user a-stranger --count 3

step 7/7 "write the report" \
  python -m serving.report --server "$server" --data_dir $data --run_dir $run \
  --out runs/demo/report.html \
  --note "In these photos the things of one person lie on the same floor or bed, \
so part of what the model learns is whose floor it is; marketplaces where \
people photograph their own things are like that too."

stop_server
python - $run/metrics.json << 'END'
import json
import sys

with open(sys.argv[1]) as file:
    models = json.load(file)["models"]
auc = {name: f"{groups['all']['auc']:.3f}" for name, groups in models.items()}
print(
    f"\ndone: AUC {auc['two towers']} on items that training saw nobody take "
    f"(random {auc['random']}, popularity {auc['popularity']}); lists and "
    "photos are in runs/demo/report.html, open it in a browser; next, try: "
    ".venv/bin/python -m serving.server "
    "--model recommender=runs/demo/models/recommender"
)
END
