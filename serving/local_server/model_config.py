"""Reads and validates TF Serving's model configuration."""

from collections.abc import Collection
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.local_server.status_error import invalid_argument

ModelServerConfig: TypeAlias = model_server_config_pb2.ModelServerConfig

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
        return text_format.Parse(
            path.read_text(encoding="utf-8"), ModelServerConfig()
        )
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise ValueError(
            f"Cannot read the model configuration {path}: {error}; "
            "`python -m serving.ops.configure` writes one."
        ) from error


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
        if not model.model_platform:
            raise invalid_argument(
                "Illegal setting neither ModelServerConfig::model_type "
                "(deprecated) nor ModelServerConfig::model_platform."
            )
        if model.model_platform != _PLATFORM and model.name in served:
            raise invalid_argument(
                "Illegal to change a model's platform. For model "
                f"{model.name} platform was {_PLATFORM} and new platform "
                f"requested is {model.model_platform}"
            )
        if model.model_platform != _PLATFORM:
            raise invalid_argument(
                f"Model {model.name} requests unsupported platform "
                f"{model.model_platform}"
            )
