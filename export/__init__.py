"""Exports checkpoints as SavedModels that stock TF Serving runs."""

from atelier.lazy_attributes import lazy_attributes

_MODULES = {
    "RecommenderOptions": "export.publishing.recommender_options",
    "export_designer": "export.publishing.publish_designer",
    "export_recommender": "export.publishing.publish_recommender",
}
__all__ = list(_MODULES)
__getattr__, __dir__ = lazy_attributes(__name__, _MODULES)
