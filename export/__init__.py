"""Exports checkpoints as SavedModels that stock TF Serving runs."""

from atelier.lazy_attributes import lazy_attributes

_MODULES = {
    "export_designer": "export.cli.designer",
    "export_recommender": "export.cli.recommender",
}
__all__ = list(_MODULES)
__getattr__, __dir__ = lazy_attributes(__name__, _MODULES)
