"""Learning rates by step."""

import numpy as np

from trainer.training.learning_rate_schedules import DelayedSchedule
from trainer.training.learning_rate_schedules import warmup_cosine_decay


def test_rates_rise_stay_and_fall():
    rate = warmup_cosine_decay(2.0, steps=12, warmup_steps=2, final_share=0.5)
    result = [float(rate(step)) for step in (0, 1, 2, 7, 12, 100)]
    np.testing.assert_allclose(result, [0, 1, 2, 1.5, 1, 1], rtol=1e-6)
    constant = warmup_cosine_decay(0.3, steps=5)
    assert {float(constant(step)) for step in range(9)} == {
        float(np.float32(0.3))
    }


def test_a_delayed_schedule_starts_from_its_own_start():
    inner = warmup_cosine_decay(1.0, steps=4, final_share=0.0)
    result = [float(DelayedSchedule(inner, 3)(step)) for step in range(9)]
    assert result[:3] == [0, 0, 0]
    assert result[3:] == [float(inner(step)) for step in range(6)]
