"""Reads and validates TF Serving's model configuration."""

from collections.abc import Collection
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.local_server.status_error import invalid_argument

ModelServerConfig: TypeAlias = model_server_config_pb2.ModelServerConfig

METRICS_PATH = "/monitoring/prometheus/metrics"
"""Path of the metrics for Prometheus."""

_PLATFORM = "tensorflow"


def from_base_paths(base_paths: Mapping[str, Path]) -> ModelServerConfig:
    """Builds a configuration that serves the newest version of each model.

    Args:
        base_paths: Parent directories of the version directories, by model
            name.
    """
    config = ModelServerConfig()
    for name, base_path in base_paths.items():
        config.model_config_list.config.add(
            name=name,
            base_path=str(base_path.absolute()),
            model_platform=_PLATFORM,
        )
    return config


def read_config(path: Path) -> ModelServerConfig:
    """Reads a configuration file.

    Args:
        path: Text file of a `ModelServerConfig`, as for TF Serving's
            `--model_config_file`.

    Raises:
        ValueError: if the file cannot be read or parsed; the text names the
            position.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text_format.Parse(text, ModelServerConfig())
    except (OSError, UnicodeDecodeError) as error:
        reason = str(error)
    except text_format.ParseError as error:
        message = ModelServerConfig.DESCRIPTOR.full_name
        reason = f"Error parsing text-format {message}: {error}"
    raise ValueError(
        f"Cannot read the model configuration {path}: {reason}; "
        "`python -m serving.ops.configure` writes one."
    )


def check_config(
    config: ModelServerConfig, served: Collection[str] = ()
) -> None:
    """Validates a configuration, with TF Serving's error messages.

    Args:
        config: Configuration to validate.
        served: Names of the models that are served already.

    Raises:
        StatusError: with INVALID_ARGUMENT, if TF Serving would reject the
            configuration.
    """
    if not config.HasField("model_config_list"):
        raise invalid_argument(
            "ServerModelConfig type not supported by HandleReloadConfigRequest."
            " Only ModelConfigList is currently supported"
        )
    names = set()
    for model in config.model_config_list.config:
        if model.name in names:
            raise invalid_argument(
                f"Illegal to list model {model.name} multiple times in config "
                "list"
            )
        names.add(model.name)
        path = model.base_path
        if "://" not in path and not Path(path).is_absolute():
            raise invalid_argument(
                f"Expected model {model.name} to have an absolute path or URI; "
                f"got base_path()={model.base_path}"
            )
        platform = _platform(model)
        if platform != _PLATFORM and model.name in served:
            raise invalid_argument(
                "Illegal to change a model's platform. For model "
                f"{model.name} platform was {_PLATFORM} and new platform "
                f"requested is {platform}"
            )
        if platform != _PLATFORM:
            raise invalid_argument(
                f"Model {model.name} requests unsupported platform {platform}"
            )


def _platform(model: model_server_config_pb2.ModelConfig) -> str:
    """Returns the platform, also if the deprecated field names it."""
    if model.model_type and model.model_platform:
        raise invalid_argument(
            "Illegal setting both ModelServerConfig::model_type (deprecated) "
            "and ModelServerConfig::model_platform, model name is "
            f"{model.name}"
        )
    if model.model_type == model_server_config_pb2.TENSORFLOW:
        return _PLATFORM
    if model.model_type:
        raise invalid_argument(
            f"ModelServerConfig::model_type choice {model.model_type} not "
            "supported."
        )
    if not model.model_platform:
        raise invalid_argument(
            "Illegal setting neither ModelServerConfig::model_type "
            "(deprecated) nor ModelServerConfig::model_platform, model name is "
            f"{model.name}"
        )
    return str(model.model_platform)
