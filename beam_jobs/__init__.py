"""Apache Beam jobs: from raw tables and images to validated TFRecords."""

from atelier.lazy_attributes import lazy_attributes

_MODULES = {"prepare_dataset": "beam_jobs.prepare.cli"}
__all__ = list(_MODULES)
__getattr__, __dir__ = lazy_attributes(__name__, _MODULES)
