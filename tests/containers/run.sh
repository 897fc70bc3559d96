#!/usr/bin/env bash
# Build the containers of the Dockerfile without Docker or a registry, and run
# tests and commands in them: tests/containers/run.sh [PYTEST ARGUMENTS]
# Needs root, a kernel with overlayfs, Debian's buildah and debootstrap, and
# 8 GB of disk. The targets `beam` and `serving` are not built: their bases,
# Beam's SDK and TF Serving, come from Docker Hub only. The stage `configs`,
# all that `serving` gets from the package set, is.
#
# Without arguments the tests marked `compat` run; TFDV's and the commands
# always do. Images and build cache stay in CONTAINERS_DIR, by default
# ~/.cache/atelier/containers; delete that folder to start afresh.
# shellcheck disable=SC2016 # apt-get and sh in a container expand these.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# != 0 ] || set -- -m compat tests --ignore=tests/beam_jobs/validate

for program in buildah debootstrap; do
  if ! command -v $program > /dev/null; then
    echo "error: $program is missing; on Debian, as root:" \
      "apt-get install --no-install-recommends buildah debootstrap" >&2
    exit 1
  fi
done
if [ "$(id -u)" != 0 ]; then
  echo "error: debootstrap and chroot need root" >&2
  exit 1
fi

cache=${CONTAINERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/atelier/containers}
mkdir -p "$cache/tmp" "$cache/storage"
work=$(mktemp -d "$cache/tmp/work.XXXXXX")
export TMPDIR=$cache/tmp # Of buildah: the cache mounts of RUN are there.
export STORAGE_DRIVER=overlay BUILDAH_ISOLATION=chroot
image=localhost/atelier
containers=()

builder() { buildah --root "$cache/storage" --runroot "$work/run" "$@"; }

clean_up() {
  [ ${#containers[@]} = 0 ] || builder rm "${containers[@]}" > /dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

step() { printf '\n[%d s] %s\n' $SECONDS "$1"; }

# --- The stand-in for the official Python image.

# From the default of the build argument: python:3.13-slim-trixie@sha256:...
read -r python debian < <(sed -nE \
  's/^ARG PYTHON_IMAGE=python:([0-9.]+)-slim-([a-z]+)@.*/\1 \2/p' Dockerfile)
base=$image/python:$python-slim-$debian

make_base() {
  local root=$work/base container mirror
  # The mirror that apt uses here; debootstrap has a default if there is none.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' |
    head -n 1) || true
  debootstrap --variant=minbase \
    --include=ca-certificates,netbase,python3-venv,tzdata \
    "$debian" "$root" ${mirror:+"$mirror"} > "$work/log" ||
    { tail -n 20 "$work/log" >&2; return 1; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  # Where the official image has its Python, and like that one open to pip.
  chroot "$root" python3 -m venv /usr/local
  chroot "$root" /usr/local/bin/python -c \
    "import sys; assert sys.version.startswith('$python.'), sys.version"
  container=$(builder from scratch)
  containers+=("$container")
  tar -C "$root" -cf "$work/base.tar" .
  rm -rf "$root"
  builder add --quiet "$container" "$work/base.tar" / > /dev/null
  rm "$work/base.tar"
  builder config --cmd python3 "$container"
  builder commit --quiet "$container" "$base" > /dev/null
}

if ! builder inspect --type image "$base" > /dev/null 2>&1; then
  step "make the base, Debian $debian with its Python $python"
  make_base
fi

# --- The build.

# pip's settings here (proxies' certificates and the like) hold in the build
# too, and files they name are mounted; nothing of them gets into the images.
mounts=(--volume "$work/pip.conf:/etc/pip.conf:ro")
echo '[global]' > "$work/pip.conf"
while IFS='=' read -r name value; do
  [[ $name == PIP_* && $name != PIP_CONFIG_FILE ]] || continue
  name=${name#PIP_}
  name=${name,,}
  echo "${name//_/-} = $value" >> "$work/pip.conf"
  [[ $value != /* || ! -e $value ]] || mounts+=(--volume "$value:$value:ro")
done < <(env)

for target in trainer tools configs; do
  step "build the target $target"
  builder build --layers --pull=never --build-arg "PYTHON_IMAGE=$base" \
    "${mounts[@]}" --target $target --tag $image/$target . > "$work/log" 2>&1 ||
    { tail -n 40 "$work/log" >&2; exit 1; }
done
# What earlier builds left; what containers of a killed run use stays.
builder rmi --prune > /dev/null 2>&1 || true

# --- The runs.

# A container of each image, with a folder for results that all of them share.
mkdir "$work/out"
chown 1000:1000 "$work/out"
for target in trainer tools configs; do
  containers+=("$(builder from --pull-never --name $target-$$ $image/$target)")
done

# Of the checkout, what the images lack: tests and the files that tests read.
readonly_files=()
inside=$(builder run tools-$$ -- ls -A /atelier)
while read -r name; do
  grep -qxF -- "$name" <<< "$inside" ||
    readonly_files+=(--volume "$PWD/$name:/atelier/$name:ro")
done < <(git ls-files | cut -d / -f 1 | sort -u)

# Run in a container, as the image's user: inside TARGET COMMAND...
inside() {
  builder run --volume "$work/out:/out" "${readonly_files[@]}" "$1-$$" -- "${@:2}"
}

# Run as `docker run` does, with the image's entry point in front of the
# arguments and its default arguments if there are none: enter TARGET ...
enter() {
  local command
  readarray -t command < <(builder inspect --type image --format \
    '{{range .OCIv1.Config.Entrypoint}}{{println .}}{{end}}' "$image/$1" | grep .)
  if [ $# = 1 ]; then
    readarray -t -O ${#command[@]} command < <(builder inspect --type image \
      --format '{{range .OCIv1.Config.Cmd}}{{println .}}{{end}}' "$image/$1" | grep .)
  fi
  command+=("${@:2}")
  printf '%s$' "$1"
  printf ' %q' "${command[@]}"
  echo
  inside "$1" "${command[@]}" > "$work/log" 2>&1 ||
    { tail -n 40 "$work/log" >&2; return 1; }
  tail -n 1 "$work/log"
}

step "the images: user, read-only code, configuration of TF Serving"
for target in trainer tools; do
  inside $target sh -c 'test "$(id -u):$(id -g):$HOME" = 1000:1000:/tmp &&
    ! touch /atelier/x 2> /dev/null && ! touch /usr/local/x 2> /dev/null &&
    python -c "import getpass; getpass.getuser()"'
done
# The files that the entry point of `serving` names, as its user.
sed -nE 's|^ *"--[a-z_]+=(/config/[^"]+)".*|\1|p' Dockerfile > "$work/files"
[ "$(wc -l < "$work/files")" -ge 3 ]
while read -r file; do
  builder run --user 1000:1000 configs-$$ -- test -s "$file" < /dev/null
  echo "$file"
done < "$work/files"

step "one step of each command"
inside tools python -c '
import pandas
frame = pandas.read_parquet("data/wardrobes.parquet").dropna(subset=["owner"])
frame = frame[frame.owner.isin(frame.owner.unique()[:12])]
frame.groupby("owner").head(25).to_parquet("/out/table.parquet")'
enter tools beam_jobs.prepare --interactions /out/table.parquet \
  --user_column owner --category_column label --image_size 32 --data_dir /out/data
enter tools beam_jobs.validate --data_dir /out/data
enter trainer recommender --data_dir /out/data --run_dir /out/run \
  --batch_size 16 --max_steps 3
enter trainer evaluate --run_dir /out/run
enter trainer gan --data_dir /out/data --run_dir /out/gan --image_size 16 \
  --batch_size 4 --steps 2 --snapshot_every 2 --min_images_per_category 20
enter tools export.task recommender --run_dir /out/run --model_dir /out/models/recommender
enter tools beam_jobs.embed --model_dir /out/models/recommender \
  --data_dir /out/data --out_dir /out/embeddings
enter tools serving.ops.configure --model recommender=/out/models/recommender --out /out/config
enter tools # Its default: the client's help.

pytest() {
  inside tools env TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1 \
    python -m pytest -p no:cacheprovider -n 2 --dist loadfile "$@"
}
step "the tests of TensorFlow Data Validation"
pytest tests/beam_jobs/validate
step "tests: $*"
pytest "$@"
step "done"
du -sh "$cache/storage" | sed 's/\t.*/ of disk/'
