"""What goes to workers: functions that they can import, and no photos."""

import base64
import functools
import pickle
import sys
import types

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.pipeline_options import SetupOptions
from apache_beam.pipeline import PipelineVisitor
from apache_beam.pvalue import PValue

from beam_jobs import options as job_options
from beam_jobs.options import beam_options
from beam_jobs.prepare import cli as prepare
from beam_jobs.run_pipeline import new_pipeline

IMAGE = "europe-docker.pkg.dev/my-shop/atelier/beam:1"
DATAFLOW = [
    "--runner=DataflowRunner",
    "--dry_run=True",
    "--project=my-shop",
    "--region=europe-west4",
    "--temp_location=gs://bucket/tmp",
    f"--sdk_container_image={IMAGE}",
]
COMMANDS = ("__main__", prepare.__name__)
"""Modules that are `__main__` where their command is run."""
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
MARKS = (*STARTS, *(base64.b64encode(one)[:4] for one in STARTS))
"""How photos begin, as they are and in base64."""
MAX_BYTES = 4096
"""More than any row of ids and addresses has."""


class Built(BaseException):
    """Leaves `prepare` once its pipeline is built."""


@pytest.fixture(scope="module")
def build():
    """Builds the pipeline of `prepare`; the one place that knows how."""

    def build(flags, dry_run=False):
        built = []
        run = beam.Pipeline.run

        def stop(pipeline, *args, **kwargs):
            if dry_run:
                run(pipeline, *args, **kwargs)
            built.append(pipeline)
            raise Built

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(beam.Pipeline, "run", stop)
            # The shop lies on this machine, whatever the runner.
            patch.setattr(job_options, "check_paths", lambda *_: None)
            with pytest.raises(Built):
                prepare.main(flags)
        return built[0]

    return build


@pytest.fixture(scope="module")
def csv_shop(shop, flags_of, tmp_path_factory):
    """Flags of a shop whose photos are files."""
    return flags_of(shop, tmp_path_factory.mktemp("csv_shop") / "data")


@pytest.fixture(scope="module")
def parquet_shop(encode, tmp_path_factory):
    """Flags of a shop with photos inside its table, not all of them sound."""
    folder = tmp_path_factory.mktemp("parquet_shop")
    jpeg, png = encode(), encode(kind="PNG")
    rows = [
        {"user_id": number // 6, "item_id": number, "photo": photo}
        for number, photo in enumerate([jpeg, png] * 8 + [jpeg[:200], None])
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "all.parquet")
    return [
        f"--interactions={folder}/all.parquet",
        f"--data_dir={folder}/data",
    ]


@pytest.fixture(scope="module")
def csv_pipeline(build, csv_shop):
    """The pipeline of that shop; to be looked at and not to be changed."""
    return build(csv_shop)


class Transforms(PipelineVisitor):
    """Collects the transforms of a pipeline and what workers exchange.

    Attributes:
        transforms: All transforms, by label.
        shuffled: Inputs of the primitive that all shuffles consist of.
        broadcast: Side inputs.
    """

    def __init__(self, pipeline):
        self.transforms, self.shuffled, self.broadcast = {}, {}, {}
        pipeline.visit(self)

    def enter_composite_transform(self, applied):
        self.visit_transform(applied)

    def visit_transform(self, applied):
        label = applied.full_label
        if applied.transform is not None:
            self.transforms[label] = applied.transform
        if isinstance(applied.transform, beam.GroupByKey):
            self.shuffled[label] = applied.inputs[0]
        for number, side in enumerate(applied.side_inputs):
            self.broadcast[f"{label}, side input {number}"] = side.pvalue


def objects_in(thing, seen):
    """Yields the functions and objects that a transform takes to workers."""
    plain = (type, types.ModuleType, beam.Pipeline, PValue, str, bytes, int)
    if id(thing) in seen or isinstance(thing, plain):
        return
    seen[id(thing)] = thing
    inside = []
    if isinstance(thing, functools.partial):
        inside += [thing.func, thing.args, thing.keywords]
    elif isinstance(thing, types.MethodType):
        inside += [thing.__func__, thing.__self__]
    elif isinstance(thing, list | tuple | set | frozenset):
        inside += thing
    elif isinstance(thing, dict):
        inside += [*thing.keys(), *thing.values()]
    elif hasattr(thing, "__dict__"):
        yield thing
        inside += vars(thing).values()
    if isinstance(thing, types.FunctionType):
        inside += [thing.__defaults__, thing.__kwdefaults__]
        inside += [cell.cell_contents for cell in thing.__closure__ or ()]
    for one in inside:
        yield from objects_in(one, seen)


def our_objects(pipeline, *packages):
    """Returns (module, name) of what comes from some packages or a command."""
    seen = {}
    found = [
        one if isinstance(one, types.FunctionType) else type(one)
        for transform in Transforms(pipeline).transforms.values()
        for one in objects_in(transform, seen)
    ]
    return sorted(
        {
            (one.__module__, one.__qualname__)
            for one in found
            if one.__module__.startswith((*packages, "__main__"))
        }
    )


def not_importable(ours):
    """Returns what a worker cannot import by its name."""
    return [
        (module, name)
        for module, name in ours
        if module in COMMANDS or "<lambda>" in name or "<locals>" in name
    ]


def check(element, label, max_bytes):
    """Raises if an element holds a photo, or is long."""
    data = pickle.dumps(element)
    if any(mark in data for mark in MARKS):
        raise ValueError(f"a photo goes into {label}")
    if len(data) > max_bytes:
        raise ValueError(f"{len(data)} bytes go into {label}")


def check_exchanged(pipeline):
    """Adds a check to all that workers exchange, and runs the pipeline."""
    found = Transforms(pipeline)
    for label, collection in found.shuffled.items():
        collection | f"check {label}" >> beam.Map(check, label, MAX_BYTES)
    for label, collection in found.broadcast.items():
        # Sets of ids grow with the shop; photos must not be among them.
        collection | f"check {label}" >> beam.Map(check, label, sys.maxsize)
    pipeline.run().wait_until_finish()
    return found


def test_workers_can_import_our_functions(csv_pipeline):
    ours = our_objects(csv_pipeline, "beam_jobs")

    assert len(ours) > 20
    assert not_importable(ours) == []


def test_transforms_pickle(csv_pipeline):
    graph = csv_pipeline.to_runner_api()

    copy = beam.Pipeline.from_runner_api(graph, None, PipelineOptions())

    assert copy.to_runner_api().components.transforms.keys() == (
        graph.components.transforms.keys()
    )


def test_dataflow_takes_the_job(build, csv_shop):
    """All that Beam does on this machine before it sends a job."""
    pytest.importorskip(
        "apache_beam.runners.dataflow.internal.apiclient",
        reason="Google's packages are not installed",
    )

    pipeline = build([*csv_shop, *DATAFLOW], dry_run=True)

    options = pipeline.options.view_as(SetupOptions)
    assert not options.save_main_session
    environments = pipeline.runner.proto_pipeline.components.environments
    assert environments
    for environment in environments.values():
        assert IMAGE.encode() in environment.payload
        for artifact in environment.dependencies:
            assert b"pickled_main_session" not in artifact.role_payload


@pytest.mark.parametrize(
    "which",
    ["parquet_shop", pytest.param("csv_shop", marks=pytest.mark.slow)],
)
def test_no_photo_goes_from_worker_to_worker(build, request, which):
    found = check_exchanged(build(request.getfixturevalue(which)))

    assert len(found.shuffled) > 10
    assert len(found.broadcast) > 2


def plain(element):
    return element


def inner():
    def function(element):
        return element

    return function


def in_main():
    function = types.FunctionType(plain.__code__, {}, "plain")
    function.__module__ = "__main__"
    return function


class Holder(beam.DoFn):
    def __init__(self, held):
        self.held = held

    def process(self, element):
        yield self.held(element)


@pytest.mark.parametrize(
    "transform",
    [
        beam.Map(lambda element: element),
        beam.Map(inner()),
        beam.FlatMap(in_main()),
        beam.Filter(functools.partial(in_main())),
        beam.ParDo(Holder(lambda element: element)),
        beam.CombineGlobally(lambda elements: sum(elements)),
    ],
)
def test_bad_functions_are_found(transform):
    pipeline = new_pipeline(beam_options([], "prog"))
    pipeline | beam.Create([1]) | transform

    assert not_importable(our_objects(pipeline, __name__))


def test_good_functions_are_none_of_them():
    pipeline = new_pipeline(beam_options([], "prog"))
    pipeline | beam.Create([1]) | beam.Map(plain) | beam.ParDo(Holder(plain))

    ours = our_objects(pipeline, __name__)
    assert {name for _, name in ours} == {"plain", "Holder"}
    assert not_importable(ours) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "base64", "long"])
def test_photos_are_found(encode, kind):
    value = {
        "JPEG": encode(),
        "PNG": [encode(kind="PNG")],
        "base64": base64.b64encode(encode()).decode(),
        "long": bytes(MAX_BYTES),
    }[kind]

    with pytest.raises(ValueError, match=r"(photo goes|bytes go) into step"):
        check(("key", value), "step", MAX_BYTES)


@pytest.mark.parametrize(
    "shuffle",
    [beam.GroupByKey(), beam.Reshuffle(), beam.CombinePerKey(max)],
)
def test_photos_in_a_shuffle_are_found(encode, shuffle):
    pipeline = new_pipeline(beam_options([], "prog"))
    (pipeline | beam.Create([("key", encode())], reshuffle=False) | shuffle)

    with pytest.raises(Exception, match="photo goes into"):
        check_exchanged(pipeline)


def test_a_photo_in_a_side_input_is_found(encode):
    pipeline = new_pipeline(beam_options([], "prog"))
    photo = pipeline | "Photo" >> beam.Create([encode()])
    side = beam.pvalue.AsSingleton(photo)
    pipeline | beam.Create([1]) | beam.Map(max, side)

    with pytest.raises(Exception, match="photo goes into"):
        check_exchanged(pipeline)
