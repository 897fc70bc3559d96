"""The nightly run as a pipeline of Kubeflow and of Vertex AI."""
