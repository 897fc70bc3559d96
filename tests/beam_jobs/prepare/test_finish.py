"""A job whose launcher was lost is completed from its files."""

import pytest

from atelier.io.errors import UserError
from atelier.schema.manifest import Manifest
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.flags import finish_argument


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_lost_launcher(prepared, shop, flags_of, tmp_path, monkeypatch):
    """It dies when the job has ended."""
    data_dir = tmp_path / "data"

    def die(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(prepare, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            prepare.main(flags_of(shop, data_dir))
    assert not (data_dir / "manifest.json").exists()

    prepare.main([f"--finish={data_dir}"])

    assert Manifest.read(str(data_dir)) == Manifest.read(prepared)
    made = files_of(data_dir)
    assert made.keys() == files_of(type(data_dir)(prepared)).keys()
    with pytest.raises(UserError, match="holds no job of prepare to complete"):
        prepare.main([f"--finish={data_dir}"])


@pytest.mark.slow
def test_a_launcher_that_dies_at_the_very_end(
    shop, flags_of, tmp_path, monkeypatch
):
    """The job can still be completed."""
    data_dir = tmp_path / "data"

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "write", die)
        with pytest.raises(KeyboardInterrupt):
            prepare.main(flags_of(shop, data_dir))

    prepare.main([f"--finish={data_dir}"])

    assert Manifest.read(str(data_dir)).counts["users"]
    assert not (data_dir / "prepare-staging").exists()


def test_a_job_that_has_not_ended(shop, flags_of, tmp_path, monkeypatch):
    data_dir = tmp_path / "data"
    monkeypatch.setattr(prepare, "build", lambda *_: None)
    monkeypatch.setattr(prepare, "run_pipeline", lambda *_: None)

    with pytest.raises(UserError, match=r"has not ended: prepare-staging/summ"):
        prepare.main(flags_of(shop, data_dir))


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--finish"], "--finish needs the folder of a data set"),
        (
            ["--finish=d", "--image_size=3"],
            "with the flags of its start, got --image_size=3 too",
        ),
    ],
)
def test_flags(flags, sentence):
    with pytest.raises(UserError, match=sentence):
        finish_argument(flags)


def test_without_the_flag():
    assert finish_argument(["--data_dir=d"]) is None
