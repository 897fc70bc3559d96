from trainer.training import input_stall
from trainer.training.input_stall import InputStallTimer


def test_the_share_is_of_all_the_time_until_asked(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(input_stall.time, "perf_counter", lambda: now[0])

    def batches():
        for batch in "ab":
            now[0] += 2.0
            yield batch

    waited_for = InputStallTimer(batches())
    for batch in "ab":
        assert next(waited_for) == batch
        now[0] += 3.0  # The step.
    assert waited_for.share() == 4 / 10
