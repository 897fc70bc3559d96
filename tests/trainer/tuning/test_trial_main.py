import os
import threading

from trainer.training.preemption import PreemptionHandler
from trainer.tuning.trial_main import end_with


def test_a_trial_is_asked_to_end_when_its_search_is_gone():
    ours, of_search = os.pipe()
    with PreemptionHandler() as preemption:
        waiting = threading.Thread(target=end_with, args=(ours,))
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
        assert not preemption.requested
        os.close(of_search)
        waiting.join()
        assert preemption.requested
    os.close(ours)
