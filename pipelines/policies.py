"""Retries, caching, machines and volume of steps."""

import os

from kfp import dsl
from kfp import kubernetes

NUM_RETRIES = 2
VOLUME = os.environ.get("VOLUME", "")
"""Claim that Kubeflow mounts into every step, below a folder of its name.

Empty for Vertex AI, which mounts buckets. Pipelines are built on import, so no
argument can say it.
"""


def repeatable(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """Sets the policy of a repeatable step: same inputs, same artifact.

    It is tried again after an error, such as a photo server that is down or a
    machine that is taken away, and taken from the cache of an earlier run with
    the same image and inputs.

    Args:
        task: Step.

    Returns:
        The step.
    """
    task.set_retry(NUM_RETRIES, backoff_duration="60s", backoff_factor=2)
    return _sized(task, "8", "32G")


def verdict(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """Sets the policy of a checking step.

    Another attempt would find the same.

    Args:
        task: Step.

    Returns:
        The step.
    """
    return _sized(task, "4", "16G")


def once(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """Sets the policy of a step that reads or changes the served versions.

    It is never taken from the cache, and not tried again: a second attempt
    after an error behind the renaming would publish a second version.

    Args:
        task: Step.

    Returns:
        The step.
    """
    task.set_caching_options(False)
    return _sized(task, "4", "16G")


def _sized(task: dsl.PipelineTask, cpu: str, memory: str) -> dsl.PipelineTask:
    """Sets CPUs and memory of a step; Vertex AI chooses the machine by them."""
    if VOLUME:
        kubernetes.mount_pvc(task, pvc_name=VOLUME, mount_path=f"/{VOLUME}")
    return task.set_cpu_limit(cpu).set_memory_limit(memory)
