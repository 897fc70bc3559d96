"""Entry point of Dataflow and Vertex AI; pyproject.toml has the metadata."""

from setuptools import setup

setup()
