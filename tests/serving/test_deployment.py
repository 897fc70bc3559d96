"""What can be known of the deployment without building or running it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from atelier.schema.catalog_files import CATALOG
from serving.local_server.model_config import METRICS_PATH
from serving.ops.configure import main as configure
from serving.studio.cli import StudioOptions
from serving.studio.model_proxy import MAX_BODY_BYTES
from serving.studio.security import SECURITY_HEADERS

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "serving" / "kubernetes"
WEB = ROOT / "serving" / "studio" / "web"


def stages() -> dict[str, str]:
    """The Dockerfile's stages by name, without comments."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    parts = re.split(r"^FROM .* AS (\S+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


@pytest.fixture
def pod() -> dict[str, Any]:
    (deployment,) = documents(KUBERNETES / "base" / "deployment.yaml")
    return deployment["spec"]["template"]


def test_the_container_has_the_flags_that_configure_prints(
    tmp_path: Path, capsys
) -> None:
    configure(["--model", "m=/models/m", "--out", str(tmp_path)])
    printed = capsys.readouterr().out.replace(str(tmp_path), "/config")
    flags = re.findall(r"^  (--[^ \n]+)", printed, re.MULTILINE)
    before, _, entry = stages()["serving"].partition("ENTRYPOINT ")
    init, dashes, program, *rest = re.findall(r'"([^"]+)"', entry)
    assert (init, dashes, rest) == ("tini", "--", flags)
    variable = re.search(r"\nENV (\S+)", before)[1]
    assert f"\n{variable} {program} \\\n" in printed


def test_tls_takes_the_flags_that_configure_prints(
    tmp_path: Path, capsys
) -> None:
    for name in ("certificate", "key"):
        (tmp_path / name).write_text("PEM")
    configure(
        [
            *("--model", "m=/models/m", "--out", str(tmp_path / "configs")),
            *("--tls_certificate", str(tmp_path / "certificate")),
            *("--tls_key", str(tmp_path / "key")),
        ]
    )
    printed = capsys.readouterr().out.split()
    flags = [
        "--rest_api_port=0",
        f"--ssl_config_file={tmp_path}/configs/ssl.config",
    ]
    assert set(flags) <= set(printed)
    mounted = " ".join(flags).replace(f"{tmp_path}/configs", "/config")
    assert f"IMAGE \\\n#       {mounted}\n" in (ROOT / "Dockerfile").read_text()
    (component,) = documents(KUBERNETES / "tls" / "kustomization.yaml")
    args, mount, volume = (
        one["value"]
        for one in yaml.safe_load(component["patches"][0]["patch"])[:3]
    )
    assert args == mounted.replace("/config/", f"{mount['mountPath']}/").split()
    assert mount["name"] == volume["name"]
    assert volume["secret"]


def test_containers_do_not_run_as_root() -> None:
    roots = {
        name
        for name, text in stages().items()
        if "\nENTRYPOINT " in text and "\nUSER 1000:1000\n" not in text
    }
    assert roots == {"beam"}  # As the Dockerfile explains.


@pytest.mark.parametrize("stage", ["trainer", "tools"])
def test_the_user_of_a_container_has_a_home_and_a_name(stage: str) -> None:
    """Uid 1000 is not in /etc/passwd, and Beam asks for the user's name."""
    assert "\nENV HOME=/tmp USER=atelier\nUSER 1000:1000\n" in stages()[stage]


def test_images_are_pinned() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    images = [
        service["image"]
        for service in compose["services"].values()
        if "image" in service
    ]
    dockerfile = (ROOT / "Dockerfile").read_text()
    images += re.findall(
        r"^(?:FROM |ARG PYTHON_IMAGE=)(\S+:\S+)", dockerfile, re.MULTILINE
    )
    assert len(images) == 5
    no_digest = {
        image
        for image in images
        if not re.search(r":v?\d[^@]*@sha256:[0-9a-f]{64}$", image)
    }
    assert no_digest == {
        "apache/beam_python3.13_sdk:${BEAM_VERSION}",
        "tensorflow/serving:${TF_SERVING_VERSION}",
    }


def test_compose_and_prometheus_agree() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    assert services["serving"]["build"]["target"] in stages()
    assert all(
        port.startswith("127.0.0.1:")
        for service in services.values()
        for port in service["ports"]
    )
    mounted = services["prometheus"]["volumes"][0].split(":")[0]
    (job,) = yaml.safe_load((ROOT / mounted).read_text())["scrape_configs"]
    assert job["metrics_path"] == METRICS_PATH
    assert job["static_configs"] == [{"targets": ["serving:8501"]}]


def test_the_services_of_compose_are_confined() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert int(service["user"].partition(":")[0]) > 0
        assert service["mem_limit"]
        assert service["pids_limit"]
        assert service["healthcheck"]["test"]


def test_the_page_and_compose_agree() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
        "services"
    ]
    nginx = (ROOT / "serving" / "nginx.conf").read_text()
    assert "set $serving http://serving:8501;" in nginx
    assert f"client_max_body_size {MAX_BODY_BYTES // 2**20}m;" in nginx
    (timeout,) = re.findall(r"timeout_in_ms=(\d+)000", stages()["serving"])
    assert f"proxy_read_timeout {timeout}s;" in nginx
    assert services["web"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "listen 8080;" in nginx
    page, settings, models = services["web"]["volumes"]
    assert (ROOT / page.split(":")[0]) == WEB
    assert (ROOT / settings.split(":")[0]).exists()
    assert models in services["serving"]["volumes"]
    assert f"alias {models.split(':')[-2]}/$1/$2/{CATALOG}/" in nginx


def test_compose_serves_the_models_that_the_demo_exports() -> None:
    """TF Serving never opens its ports if one of them is missing."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
        "services"
    ]
    _, config = services["serving"]["volumes"]
    assert config["target"] == "/config"
    assert config["bind"] == {"create_host_path": False}
    default = re.fullmatch(r"\$\{CONFIG:-\./(.*)\}", config["source"])[1]
    assert f"--out {default}" in (ROOT / "demo.sh").read_text()


def test_nginx_sends_the_headers_of_the_studio() -> None:
    nginx = (ROOT / "serving" / "nginx.conf").read_text()
    sent = re.findall(r'add_header (\S+) "?(.*?)"? always;', nginx)
    assert dict(sent) == SECURITY_HEADERS
    page = (WEB / "index.html").read_text()
    assert not re.search(r"<style|<script(?! .*src=)|\son\w+=|style=", page)


def test_the_studio_of_kubernetes_is_a_client_of_the_models() -> None:
    (deployment,) = documents(KUBERNETES / "studio" / "deployment.yaml")
    pod = deployment["spec"]["template"]
    (service,) = documents(KUBERNETES / "stable" / "service.yaml")
    (policy,) = documents(KUBERNETES / "stable" / "network_policy.yaml")
    (container,) = pod["spec"]["containers"]
    module, *flags = container["args"]
    options = StudioOptions.parse(flags, module, "")
    ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
    name = service["metadata"]["name"]

    assert module == "serving.studio"
    assert options.rest_server == f"http://{name}:{ports['rest']}"
    assert options.port == container["ports"][0]["containerPort"]
    clients, _ = policy["spec"]["ingress"]
    allowed = clients["from"][0]["podSelector"]["matchLabels"]
    assert allowed.items() <= pod["metadata"]["labels"].items()
    header = {"name": "Host", "value": "localhost"}  # Or the answer is 421.
    assert header in container["readinessProbe"]["httpGet"]["httpHeaders"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_pod_is_confined(pod: dict[str, Any]) -> None:
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"]["cpu"]


def test_the_pod_has_the_ports_of_its_image(pod: dict[str, Any]) -> None:
    (container,) = pod["spec"]["containers"]
    ports = {port["containerPort"] for port in container["ports"]}
    assert f"EXPOSE {' '.join(map(str, sorted(ports)))}" in stages()["serving"]
    annotations = pod["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] == METRICS_PATH


def test_a_pod_ends_after_its_clients_have_left(pod: dict[str, Any]) -> None:
    (container,) = pod["spec"]["containers"]
    command = container["lifecycle"]["preStop"]["exec"]["command"]
    (age,) = re.findall(r"max_connection_age_ms=(\d+)", stages()["serving"])
    assert command[0] == "sleep"
    seconds = int(command[1])
    assert 1.1 * int(age) / 1000 < seconds  # gRPC varies the age by 10 %.
    assert seconds < pod["spec"]["terminationGracePeriodSeconds"]


def test_only_clients_and_prometheus_reach_the_pods(
    pod: dict[str, Any],
) -> None:
    (policy,) = documents(KUBERNETES / "stable" / "network_policy.yaml")
    spec = policy["spec"]
    selected = spec["podSelector"]["matchLabels"]
    assert selected.items() <= pod["metadata"]["labels"].items()
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in spec
    clients, prometheus = spec["ingress"]
    assert [port["port"] for port in clients["ports"]] == [8500, 8501]
    assert [port["port"] for port in prometheus["ports"]] == [8501]
    assert all("from" in rule for rule in spec["ingress"])


def test_service_budget_and_autoscaler_find_the_pods(
    pod: dict[str, Any],
) -> None:
    labels = pod["metadata"]["labels"].items()
    service, budget, autoscaler = (
        documents(KUBERNETES / "stable" / f"{name}.yaml")[0]["spec"]
        for name in (
            "service",
            "pod_disruption_budget",
            "horizontal_pod_autoscaler",
        )
    )
    assert service["selector"] == {"app": "serving"}
    assert budget["selector"]["matchLabels"].items() <= labels
    scaled = autoscaler["scaleTargetRef"]
    (deployment,) = documents(KUBERNETES / "base" / "deployment.yaml")
    assert scaled["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]


@pytest.mark.parametrize(
    ("folder", "deployed"),
    [
        ("base", "base"),
        ("stable", "base"),
        ("canary", "base"),
        ("studio", "studio"),
    ],
)
def test_files_of_a_kustomization_exist(folder: str, deployed: str) -> None:
    (one,) = documents(KUBERNETES / folder / "kustomization.yaml")
    for resource in one["resources"]:
        assert (KUBERNETES / folder / resource).exists()
    (deployment,) = documents(KUBERNETES / deployed / "deployment.yaml")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    for image in one.get("images", []):
        assert image["name"] == container["image"]
