"""A small made set that goes through every room, made once for all workers."""

import contextlib
import fcntl
import functools
import gc
import hashlib
import io
import os
import pathlib
import re
import shutil
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings
from PIL import Image

# Packages that import TensorFlow are imported in fixtures: the process that
# starts the workers reads this file too, and runs no test.

USERS = 8
ITEMS_A_USER = 9
STRAY_ITEMS = 8
IMAGE_SIZE = 32
EPOCHS = 3
MASKED = 4
"""Of so many items, one has a mask in `garment_masks`."""
# A pause of the machine is no failure of what is tested.
settings.register_profile("atelier", deadline=None)
settings.load_profile("atelier")


def pytest_collection_finish():
    """Keeps what is imported out of garbage collection: 6 % less time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window, for tests marked `browser` alone.

    Playwright keeps an event loop in the thread, so that `asyncio.run` fails.
    """
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def our_lines():
    """Drops what TensorFlow 2.21 logs at import, whatever it is told."""

    def lines(stderr: str) -> list[str]:
        noise = re.compile(r"[IWE]0000 |WARNING: All log messages before absl")
        return [one for one in stderr.splitlines() if not noise.match(one)]

    return lines


@pytest.fixture(scope="session")
def build_once(tmp_path_factory):
    """Returns build_once(name, build): a folder that all workers share.

    The first worker calls `build` with the folder, the others wait for it.
    Tests read what is in it; at the end, a file that one changed is an error.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    built = {}

    def build_folder(name, build) -> pathlib.Path:
        folder = root / "artifacts" / name
        folder.mkdir(parents=True, exist_ok=True)
        complete = folder.with_suffix(".complete")
        with open(folder.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not complete.exists():
                build(folder)
                complete.touch()
        return built.setdefault(name, (folder, _files(folder)))[0]

    yield build_folder
    for name, (folder, files) in built.items():
        assert _files(folder) == files, f"a test changed the artifact {name}"


def _files(folder: pathlib.Path) -> dict[str, int]:
    """Returns when each file of a folder was changed last, by path."""
    return {
        str(path): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def made_table(build_once) -> pathlib.Path:
    """One Parquet table: each user's things have a colour of their own.

    Ids hold commas and non-ASCII letters. A last user took two things only.
    """
    rng = np.random.default_rng(7)
    rows = []
    for user in range(USERS + 1):
        colour = rng.integers(0, 256, 3)
        number = ITEMS_A_USER if user < USERS else 2
        for index in range(number):
            rows.append(
                {
                    "item_id": f"Größe, {user}-{index}",
                    "user_id": f"Käufer, {user}" if user < USERS else "few",
                    "category": ("hat", "shoe")[index % 2],
                    "photo": _photo(colour, rng),
                    "url": f"https://shop/{user}-{index}",
                    "price": 10.0 * user + index,
                    "group": f"{user}-{index // 3}",
                }
            )
    for index in range(STRAY_ITEMS):
        rows.append(
            {
                "item_id": f"stray {index}",
                "user_id": f"stray {index}",
                "category": "hat",
                "photo": _photo(rng.integers(0, 256, 3), rng),
            }
        )

    def write(folder):
        pq.write_table(
            pa.Table.from_pylist(rows),
            folder / "made.parquet",
            row_group_size=20,
        )

    return build_once("table", write) / "made.parquet"


def _run_command(folder: pathlib.Path, name: str, main, *flags: str) -> None:
    """Runs a command in this process; the import of TensorFlow takes seconds.

    The last line that it prints is kept in the folder, in `<name>.txt`.
    """
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main([*name.split()[1:], *flags])
    (folder / f"{name}.txt").write_text(printed.getvalue().splitlines()[-1])


@pytest.fixture(scope="session")
def data_dir(made_table, build_once) -> str:
    """The made table, prepared."""
    from beam_jobs.prepare import cli as prepare

    def prepare_table(folder):
        _run_command(
            folder,
            "beam_jobs.prepare",
            prepare.main,
            f"--interactions={made_table}",
            "--category_column=category",
            "--url_column=url",
            "--price_column=price",
            "--group_column=group",
            f"--image_size={IMAGE_SIZE}",
            "--min_shards=3",
            f"--data_dir={folder / 'data'}",
        )

    return str(build_once("prepared", prepare_table) / "data")


@pytest.fixture(scope="session")
def data_of_today(made_table, build_once) -> str:
    """The same shop later: one person's things are gone, others are there.

    "new" looks just like "Größe, 3-1", and "Größe, 3-0" like "Größe, 4-0".
    """
    from beam_jobs.prepare import cli as prepare

    rows = [
        row
        for row in pq.read_table(made_table).to_pylist()
        if not row["item_id"].startswith("Größe, 7-")
    ]
    photos = {row["item_id"]: row["photo"] for row in rows}
    for row in rows:
        if row["item_id"] == "Größe, 3-0":
            row["photo"] = photos["Größe, 4-0"]
    photo = photos["Größe, 3-1"]
    rows.append(
        {"item_id": "new", "user_id": "x", "category": "shoe", "photo": photo}
    )

    def prepare_rows(folder):
        pq.write_table(pa.Table.from_pylist(rows), folder / "today.parquet")
        prepare.main(
            [
                f"--interactions={folder / 'today.parquet'}",
                "--category_column=category",
                f"--image_size={IMAGE_SIZE}",
                f"--data_dir={folder / 'data'}",
            ]
        )

    return str(build_once("prepared_today", prepare_rows) / "data")


@pytest.fixture(scope="session")
def train_flags(data_dir):
    """Flags of a run that takes seconds; give it a `--run_dir`."""
    return [
        "recommender",
        f"--data_dir={data_dir}",
        "--preset=laptop",
        "--batch_size=16",
        "--embedding_dim=8",
        "--learning_rate=0.003",
        f"--epochs={EPOCHS}",
    ]


@pytest.fixture(scope="session")
def run_dir(train_flags, build_once) -> str:
    """The made data, trained and evaluated."""
    from trainer import task

    def train(folder):
        name, *flags = train_flags
        run = f"--run_dir={folder / 'run'}"
        _run_command(folder, f"trainer.task {name}", task.main, *flags, run)
        baselines = "--baselines=random,popularity"
        _run_command(folder, "trainer.task evaluate", task.main, run, baselines)

    return str(build_once("recommender", train) / "run")


@contextlib.contextmanager
def _eagerly():
    """Runs the body of each tf.function as Python, without a graph."""
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@pytest.fixture(scope="session")
def eager():
    """A context manager that runs tf.functions eagerly.

    A few steps of a small network take less time than the trace of one.
    """
    return _eagerly


@pytest.fixture(scope="session")
def hybrid_run_dir(train_flags, build_once, eager) -> str:
    """A run of all parts: history tower, item factors, item-to-item weights.

    It is trained for one epoch, without two of the users.
    """
    from trainer import task

    def train(folder):
        flags = [
            *train_flags, f"--run_dir={folder / 'run'}", "--epochs=1",
            "--user_tower=history", "--item_embeddings", "--ease_weight=20",
            "--loss=softmax", "--positives_per_image=2", "--negatives=mixed",
            "--content=attributes,text", "--content_dim=4",
            "--similarity_weight=2",
            "--holdout_user_fraction=0.2",
        ]  # fmt: skip
        with eager():
            task.main(flags)

    return str(build_once("hybrid_run", train) / "run")


@pytest.fixture(scope="session")
def train_gan(data_dir, tmp_path_factory):
    """Returns train_gan(run_dir=None, **flags): a GAN of few weights, its run.

    It draws 16 pixels, and knows next to nothing.
    """
    from trainer import task

    def train(run_dir=None, **flags):
        path = run_dir or str(tmp_path_factory.mktemp("gan") / "run")
        flags = {
            "image_size": 16,
            "z_dim": 4,
            "generator_width": 2,
            "discriminator": "paper",
            "discriminator_width": 2,
            "ema_decay": 0.9,
            "batch_size": 4,
            "steps": 2,
            "snapshot_every": 2,
            "min_images_per_category": 20,
            **flags,
        }
        given = [f"--{name}={value}" for name, value in flags.items()]
        task.main(
            ["gan", f"--data_dir={data_dir}", f"--run_dir={path}", *given]
        )
        return path

    return train


@pytest.fixture(scope="session")
def drawing_gan(train_gan, build_once, eager) -> str:
    """The run of such a GAN."""

    def train(folder):
        with eager():
            train_gan(str(folder / "run"), steps=8, snapshot_every=4)

    return str(build_once("gan", train) / "run")


@pytest.fixture(scope="session")
def exported(run_dir, build_once) -> pathlib.Path:
    """The folder of the one version of the trained run."""
    from export import task
    from export.publishing.version import newest_version

    def export(folder):
        _run_command(
            folder,
            "export.task recommender",
            task.main,
            f"--run_dir={run_dir}",
            f"--model_dir={folder / 'models'}",
            "--top_k=10",
        )

    folder = build_once("exported_recommender", export) / "models"
    return pathlib.Path(newest_version(str(folder)).path)


@pytest.fixture(scope="session")
def warmed_up(exported, build_once):
    """Returns warmed_up(*names): the version with warm-up requests of these.

    To run a signature for the first time takes most of the time of a probe, and
    of a server that starts.
    """
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    from atelier.schema.warmup_requests import WARM_UP

    def build(*names) -> pathlib.Path:
        def copy(folder):
            version = shutil.copytree(exported, folder / "1")
            records = tf.data.TFRecordDataset(str(exported / WARM_UP))
            with tf.io.TFRecordWriter(str(version / WARM_UP)) as writer:
                for record in records.as_numpy_iterator():
                    log = prediction_log_pb2.PredictionLog.FromString(record)
                    spec = log.predict_log.request.model_spec
                    if spec.signature_name in names:
                        writer.write(record)

        return build_once("warmed_up_" + "_".join(names), copy) / "1"

    return build


@pytest.fixture(scope="session")
def lean_version(warmed_up) -> pathlib.Path:
    """The version with warm-up requests of a known and an unknown user."""
    return warmed_up("serving_default")


@pytest.fixture(scope="session")
def version_of_lists(warmed_up) -> pathlib.Path:
    """The version with warm-up requests of lists of each kind, and of users."""
    return warmed_up(
        "serving_default",
        "recommend_filtered",
        "recommend_for_items",
        "similar_items",
        "embed_users",
    )


@pytest.fixture(scope="session")
def corner_saliency():
    """A context manager in which a garment is what differs from the corner.

    To build and trace U2-Net-P, which finds garments, takes seconds.
    """
    import keras

    from atelier.segmentation import garment_cutter

    class Difference(keras.layers.Layer):
        def build(self, _):
            self.scale = self.add_weight(initializer="ones")

        def call(self, images):
            differences = keras.ops.abs(images - images[:, :1, :1])
            largest = keras.ops.max(differences, axis=-1, keepdims=True)
            return keras.ops.minimum(self.scale * largest / 40.0, 1.0)

    def network():
        side = garment_cutter.INPUT_SIZE
        return keras.Sequential([keras.Input((side, side, 3)), Difference()])

    @contextlib.contextmanager
    def simplified():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(garment_cutter, "u2netp", network)
            yield

    return simplified


@pytest.fixture(scope="session")
def garment_masks(corner_saliency):
    """A context manager in which some items have a mask, and all are a cut.

    The images of the made data set are plain squares.
    """
    from trainer.design import garments

    mask = np.zeros((IMAGE_SIZE, IMAGE_SIZE), bool)
    mask[4:-4, 4:-4] = True
    encoded = io.BytesIO()
    Image.fromarray(mask).save(encoded, "PNG")
    read = garments.read_items

    def read_masks(data_dir, part):
        count = len(read(data_dir, part))
        # A cut takes longer than all else of a test.
        return [
            b"" if item % MASKED else encoded.getvalue()
            for item in range(count)
        ]

    @contextlib.contextmanager
    def masked():
        with pytest.MonkeyPatch.context() as patch, corner_saliency():
            patch.setattr(garments, "read_items", read_masks)
            patch.setattr(garments, "is_usable", lambda cut: True)
            yield

    return masked


@pytest.fixture(scope="session")
def write_cuts(tmp_path_factory):
    """Returns write_cuts(category), the file of a generator of its cuts.

    It is not trained.
    """
    import keras

    from trainer.gan.cut_generator_file import write_cut_generator
    from trainer.models.gan.cut_generator import CutGenerator

    def write(category):
        keras.utils.set_random_seed(0)
        path = str(tmp_path_factory.mktemp("cuts") / "cut_generator.npz")
        write_cut_generator(
            types.SimpleNamespace(
                generator=CutGenerator(1, 16, z_dim=3, width=2),
                categories=[category],
                val_kid=0.25,
            ),
            path,
        )
        return path

    return write


@pytest.fixture(scope="session")
def cut_generator(write_cuts) -> str:
    """File of a generator of cuts of the category "hat"."""
    return write_cuts("hat")


@pytest.fixture(scope="session", autouse=True)
def run_apart():
    """Asks versions in this process; returns what starts one for each.

    To start a Python that imports TensorFlow takes seconds, and so does to load
    a version, of which tests make copies: the same files give the same answers.
    """
    from export.publishing import blessing
    from export.publishing import probe_servable

    apart = blessing.run_apart
    answered: dict[str, bytes] = {}

    def run_here(version_dir, answers):
        contents = _digest(pathlib.Path(version_dir))
        if contents not in answered:
            try:
                probe_servable.main(version_dir, answers)
            except SystemExit as error:
                raise blessing._not_answered(error) from error
            answered[contents] = pathlib.Path(answers).read_bytes()
        pathlib.Path(answers).write_bytes(answered[contents])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blessing, "run_apart", run_here)
        yield apart


@pytest.fixture(scope="session", autouse=True)
def unoptimized_graphs():
    """Runs functions, datasets and the graphs of versions as they are.

    To optimize a graph takes longer than the few calls of a test. Commands,
    probes and servers in a process of their own optimize theirs.
    """
    import tensorflow as tf

    dataset_options = tf.data.Options()
    dataset_options.experimental_optimization.apply_default_optimizations = (
        False
    )

    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": True}
    )
    config = tf.compat.v1.ConfigProto()
    options = config.graph_options.rewrite_options
    options.disable_meta_optimizer = True
    session = functools.partial(tf.compat.v1.Session, config=config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.compat.v1, "Session", session)
        # What each iterator calls first.
        patch.setattr(
            tf.data.Dataset,
            "_apply_debug_options",
            lambda dataset: dataset.with_options(dataset_options),
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def small_looks():
    """Measures images by random features, not by those of ImageNet.

    To build and trace EfficientNet takes seconds for each size of images.
    """
    import keras

    from trainer.metrics.generative import feature_extractor
    from trainer.models.backbones.efficientnet_lite0 import FEATURES

    def random_features(size):
        weights = np.random.default_rng(0).normal(0, 0.1, (192, FEATURES))
        layer = keras.layers.Dense(FEATURES, "relu", use_bias=False)
        network = keras.Sequential(
            [
                keras.Input((size, size, 3)),
                keras.layers.AveragePooling2D(size // 8),
                keras.layers.Flatten(),
                layer,
            ]
        )
        layer.set_weights([weights])
        return network

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feature_extractor, "efficientnet_lite0", random_features)
        feature_extractor._network.cache_clear()
        yield


@pytest.fixture
def imagenet_looks(small_looks, monkeypatch):
    """Measures the images of a test by EfficientNet, as the commands do."""
    from trainer.metrics.generative import feature_extractor
    from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0

    monkeypatch.setattr(
        feature_extractor, "efficientnet_lite0", efficientnet_lite0
    )
    feature_extractor._network.cache_clear()
    yield
    feature_extractor._network.cache_clear()


@pytest.fixture
def eagerly(eager):
    """Runs the tf.functions of one test eagerly.

    Session and module fixtures are set up before it, in graphs.
    """
    with eager():
        yield


@pytest.fixture
def asked_apart(run_apart, monkeypatch):
    """Asks the versions of a test in processes of their own."""
    from export.publishing import blessing

    monkeypatch.setattr(blessing, "run_apart", run_apart)


@pytest.fixture
def disk_operations(monkeypatch):
    """Operations in their order: ("fsync", path, content), ("rename", path).

    The content of a folder is None.
    """
    operations = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(descriptor):
        path = pathlib.Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        content = path.read_text() if path.is_file() else None
        operations.append(("fsync", str(path), content))
        fsync(descriptor)

    def record_replace(source, target):
        operations.append(("rename", str(target)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    return operations


def _digest(version: pathlib.Path) -> str:
    """Returns a hash of all files of a version but its metadata."""
    digest = hashlib.sha256()
    for path in sorted(version.rglob("*")):
        if path.is_file() and path.name != "atelier.json":
            digest.update(str(path.relative_to(version)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _photo(colour: np.ndarray, rng: np.random.Generator) -> bytes:
    """A noisy square in a colour, as JPEG."""
    noise = rng.integers(-40, 41, (40, 30, 3))
    pixels = np.clip(colour + noise, 0, 255).astype(np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, format="JPEG")
    return encoded.getvalue()
