r"""Writes TF Serving's configuration: models, batching, metrics and TLS.

    python -m serving.ops.configure --model recommender=/models/recommender \
      --model designer=/models/designer --out tf_serving_config

By default each model serves its newest version as soon as it is published. A
model with --stable serves only that version and the one of --canary; clients
select them by the labels "stable" and "canary". Newer versions wait until the
command is run again. A label can only move to a version that is served already:
label a version canary first, then promote it to stable. TF Serving and the
local server read the same models.config.

Port 8500 also accepts HandleReloadConfigRequest, without authentication: any
caller can make TF Serving load any model. Let only clients reach it, or require
client certificates (--tls_client_ca). With TLS the REST port is closed, because
TF Serving can neither encrypt nor authenticate it.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse
import dataclasses
import os
from collections.abc import Container
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from atelier.schema.model_versions import MAX_VERSION
from serving.client.cli_args import positive
from serving.local_server.model_config import METRICS_PATH
from serving.local_server.model_config import ModelServerConfig
from serving.local_server.model_flags import AppendNamed
from serving.local_server.model_flags import name_and_path
from serving.ops.tf_serving_config_pb2 import SSLConfig

_MODELS = """\
# Models, versions and labels. TF Serving reads this file again every minute
# with --model_config_file_poll_wait_seconds=60: labels move without a restart.
"""
_BATCHING = """\
# Batches that run concurrently, over all models: one per core. The batch sizes
# are in batching_params.pbtxt of each version; TF Serving does not batch the
# calls of a version without that file.
num_batch_threads {{ value: {cores} }}
"""
_MONITORING = """\
# Serves metrics for Prometheus at the REST port.
prometheus_config {{
  enable: true
  path: "{path}"
}}
"""
_TLS = """\
# TLS of the gRPC port. This file contains the private key: protect it
# accordingly.
"""
_PROGRAM = "TF_NUM_INTEROP_THREADS=-1 tensorflow_model_server"
"""Runs all ops of a request one after the other on the request's thread. Short
ops do not wait for another thread to wake up, and concurrent requests keep all
cores busy. Set by environment, because TF Serving's source ignores a value
below 1 of its own flag."""


def _name_and_version(text: str) -> tuple[str, int]:
    name, _, version = text.partition("=")
    digits = version.isascii() and version.isdigit()
    if not name or not digits or int(version) > MAX_VERSION:
        raise argparse.ArgumentTypeError(
            f"expected NAME=VERSION, VERSION up to {MAX_VERSION}, got '{text}'"
        )
    return name, int(version)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConfigureOptions(Options):
    """Flags of the command."""

    model: tuple[tuple[str, str], ...] = option(
        ...,
        "model name and directory of its versions (or a gs:// or s3:// path), "
        "as seen by the server; may be repeated",
        parse=name_and_path,
        action=AppendNamed,
        metavar="NAME=DIR",
    )
    stable: tuple[tuple[str, int], ...] = option(
        (),
        "version of a model to serve; one per model",
        parse=_name_and_version,
        action=AppendNamed,
        metavar="NAME=VERSION",
    )
    canary: tuple[tuple[str, int], ...] = option(
        (),
        "version of a model to test beside --stable; one per model",
        parse=_name_and_version,
        action=AppendNamed,
        metavar="NAME=VERSION",
    )
    out: Path = option(..., "folder for the files")
    cores: int = option(
        os.cpu_count(),
        "CPU cores of the server (default: those of this machine, "
        f"{os.cpu_count()})",
        parse=positive,
    )
    tls_certificate: Path | None = option(
        None, "PEM file of the server certificate", metavar="FILE"
    )
    tls_key: Path | None = option(
        None,
        "PEM file of the server certificate's private key",
        metavar="FILE",
    )
    tls_client_ca: Path | None = option(
        None,
        "PEM file of the CA that signs client certificates; clients must then "
        "present one (mutual TLS)",
        metavar="FILE",
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the files and prints the command that starts TF Serving.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Raises:
        UserError: if the arguments contradict each other.
        OSError: if a file cannot be read or written.
    """
    args = ConfigureOptions.parse(
        argv, "python -m serving.ops.configure", __doc__
    )
    config = _models_config(args)
    texts = {
        "models.config": _MODELS + str(config),
        "batching.config": _BATCHING.format(cores=args.cores),
        "monitoring.config": _MONITORING.format(path=METRICS_PATH),
    }
    if args.tls_certificate or args.tls_key or args.tls_client_ca:
        texts["ssl.config"] = _TLS + str(_ssl_config(args))
    args.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        private = name == "ssl.config"
        mode = 0o600 if private else 0o644
        atomic_write(str(args.out / name), text, mode)
    print(f"wrote {', '.join(texts)} in {args.out}; start TF Serving with:\n")
    print(" \\\n  ".join([_PROGRAM, *_flags(args.out, texts)]))


def _models_config(args: ConfigureOptions) -> ModelServerConfig:
    # TF Serving rejects relative paths.
    base_paths = {
        name: path if "://" in path else str(Path(path).absolute())
        for name, path in args.model
    }
    labels = {"stable": dict(args.stable), "canary": dict(args.canary)}
    config = ModelServerConfig()
    for name, base_path in base_paths.items():
        model = config.model_config_list.config.add(
            name=name, base_path=base_path, model_platform="tensorflow"
        )
        versions = {
            label: of_models[name]
            for label, of_models in labels.items()
            if name in of_models
        }
        if versions:
            model.model_version_policy.specific.versions.extend(
                sorted(set(versions.values()))
            )
            model.version_labels.update(versions)
        else:
            model.model_version_policy.latest.num_versions = 1
    for label, of_models in labels.items():
        for name in of_models.keys() - base_paths.keys():
            raise UserError(
                f"--{label} names the model '{name}', which no --model defines"
            )
    for name in labels["canary"].keys() - labels["stable"].keys():
        raise UserError(
            f"--canary of '{name}' needs --stable too; give its stable version"
        )
    return config


def _ssl_config(args: ConfigureOptions) -> Any:
    if not (args.tls_certificate and args.tls_key):
        raise UserError("TLS needs both --tls_certificate and --tls_key")
    return SSLConfig(
        server_key=_read_pem(args.tls_key),
        server_cert=_read_pem(args.tls_certificate),
        custom_ca=_read_pem(args.tls_client_ca) if args.tls_client_ca else None,
        client_verify=args.tls_client_ca is not None,
    )


def _read_pem(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not PEM text; convert it, for example with "
            "`openssl x509 -inform der`"
        ) from error


def _flags(out: Path, names: Container[str]) -> list[str]:
    tls = "ssl.config" in names
    flags = [
        "--port=8500",
        "--enable_grpc_healthcheck_service=true",
        # Clients connect again, and so find servers that were added.
        "--grpc_channel_arguments=grpc.max_connection_age_ms=60000",
        # On by default, and any caller could slow the server down by it.
        "--enable_profiler=false",
        # TF Serving can neither encrypt nor authenticate REST.
        f"--rest_api_port={0 if tls else 8501}",
        # A design may take longer than the default of 30 s.
        "--rest_api_timeout_in_ms=120000",
        f"--model_config_file={out / 'models.config'}",
        "--model_config_file_poll_wait_seconds=60",
        "--allow_version_labels_for_unavailable_models=true",
        # By default a broken version blocks all loads for 5 minutes: no thread
        # of its own, 5 retries, one each minute.
        "--num_load_threads=2",
        "--max_num_load_retries=3",
        "--load_retry_interval_micros=5000000",
        "--enable_batching=true",
        # A design takes seconds: in a batch, each would wait for all.
        "--enable_per_model_batching_parameters=true",
        f"--batching_parameters_file={out / 'batching.config'}",
        f"--monitoring_config_file={out / 'monitoring.config'}",
        "--enable_model_warmup=true",
    ]
    if tls:
        flags.append(f"--ssl_config_file={out / 'ssl.config'}")
    return flags


if __name__ == "__main__":
    run_command(main)
