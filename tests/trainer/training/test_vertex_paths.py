"""What Vertex AI tells a job."""

import json
import pathlib
import string

import pytest
import yaml

from trainer import task
from trainer.training import vertex_paths

JOBS = pathlib.Path(task.__file__).parent / "jobs"
VALUES = {"IMAGE": "i", "BUCKET": "b", "RUN": "r", "PROJECT": "p"}


@pytest.fixture
def buckets(monkeypatch, tmp_path):
    """Mounts Cloud Storage."""
    monkeypatch.setattr(vertex_paths, "_BUCKETS", str(tmp_path))
    return tmp_path


def test_cloud_storage_is_read_where_it_is_mounted(buckets):
    assert vertex_paths.mounted("gs://shop/data") == f"{buckets}/shop/data"
    assert vertex_paths.mounted("runs/demo") == "runs/demo"


def test_elsewhere_an_address_stays_one(monkeypatch):
    monkeypatch.setattr(vertex_paths, "_BUCKETS", "/there/is/none")
    assert vertex_paths.mounted("gs://shop/data") == "gs://shop/data"


def test_a_trial_trains_into_its_own_folder(buckets, monkeypatch):
    monkeypatch.setenv("AIP_CHECKPOINT_DIR", "gs://shop/runs/7/checkpoints/")
    parser = task.build_parser()
    args = parser.parse_args(["recommender", "--data_dir", "gs://shop/data"])
    assert args.run_dir == f"{buckets}/shop/runs/7"
    assert args.data_dir == f"{buckets}/shop/data"
    asked = ["gan", "--data_dir", "here", "--run_dir", "there"]
    assert parser.parse_args(asked).run_dir == "there"


def test_elsewhere_the_folder_must_be_given(monkeypatch, capsys):
    monkeypatch.delenv("AIP_CHECKPOINT_DIR", raising=False)
    with pytest.raises(SystemExit):
        task.main(["gan", "--data_dir", "here"])
    assert "--run_dir" in capsys.readouterr().err


@pytest.mark.slow
def test_each_epoch_is_reported_to_the_tuning_job(
    monkeypatch, tmp_path, train_flags, eagerly
):
    path = tmp_path / "there" / "metrics"
    monkeypatch.setenv("CLOUD_ML_HP_METRIC_FILE", str(path))
    monkeypatch.setenv("CLOUD_ML_TRIAL_ID", "7")
    run_dir = tmp_path / "run"
    task.main([*train_flags, f"--run_dir={run_dir}", "--epochs=2"])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    history = (run_dir / "history.jsonl").read_text().splitlines()
    assert [float(line["val_auc"]) for line in lines] == [
        json.loads(row)["val_auc"] for row in history
    ]
    assert [line["global_step"] for line in lines] == ["1", "2"]
    assert {line["trial"] for line in lines} == {"7"}


def _spec(name):
    text = string.Template((JOBS / name).read_text()).substitute(VALUES)
    return yaml.safe_load(text)


def test_the_job_asks_for_what_the_trainer_takes(monkeypatch):
    monkeypatch.setenv("AIP_CHECKPOINT_DIR", "/out/checkpoints/")
    pool = _spec("custom_job.yaml")["workerPoolSpecs"][0]
    args = task.build_parser().parse_args(pool["containerSpec"]["args"])
    assert args.preset == "hybrid"


def test_the_tuning_job_turns_flags_that_there_are(monkeypatch, run_dir):
    monkeypatch.setenv("AIP_CHECKPOINT_DIR", "/out/checkpoints/")
    spec = _spec("tuning_job.yaml")
    pool = spec["trialJobSpec"]["workerPoolSpecs"][0]
    turned = [
        f"--{parameter['parameterId']}={_first_value(parameter)}"
        for parameter in spec["studySpec"]["parameters"]
    ]
    args = task.build_parser().parse_args(
        [*pool["containerSpec"]["args"], *turned]
    )
    assert args.embedding_dim == 64
    history = pathlib.Path(run_dir, "history.jsonl").read_text().splitlines()
    assert spec["studySpec"]["metrics"][0]["metricId"] in json.loads(history[0])


def _first_value(parameter):
    if "discreteValueSpec" in parameter:
        return parameter["discreteValueSpec"]["values"][0]
    return parameter["doubleValueSpec"]["minValue"]
