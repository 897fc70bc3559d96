"""The clients without TensorFlow, as `pip install .[client]` leaves them."""

import subprocess
import sys
from pathlib import Path

import pytest

from serving.local_server.server import ModelServer

pytestmark = pytest.mark.compat
WITHOUT = """
import sys
root, address, rest_address = sys.argv[1:]
sys.path.insert(0, root)
for name in ("keras", "PIL", "tensorflow", "tensorflow_serving"):
    sys.modules[name] = None
"""
GRPC = """
from serving.client.recommender_client import RecommenderClient
from serving.client.designer_client import DesignerClient
with RecommenderClient(address) as client:
    client.wait_until_ready(5)
    print(client.recommend(["ann"]).item_ids[0][0])
with DesignerClient(address) as client:
    print(len(client.generate(["hat"], [1]).images))
"""
ASYNCIO = """
import asyncio
from serving.client.aio_clients import AsyncRecommenderClient
from serving.client.aio_clients import AsyncDesignerClient
async def ask():
    async with AsyncRecommenderClient(address) as client:
        print((await client.recommend(["ann"])).item_ids[0][0])
    async with AsyncDesignerClient(address) as client:
        print(len((await client.generate(["hat"], [1])).images))
asyncio.run(ask())
"""
REST = """
from serving.client.rest_clients import RestDesignerClient
from serving.client.rest_clients import RestRecommenderClient
with RestRecommenderClient(f"http://{rest_address}") as client:
    print(client.recommend(["ann"]).item_ids[0][0])
with RestDesignerClient(f"http://{rest_address}") as client:
    print(len(client.generate(["hat"], [1]).images))
"""
COMMAND = """
from serving.client.cli import main
flags = ["--server", address]
main([*flags, "recommend", "--user", "ann", "--count", "1", "--json"])
main([*flags, "generate", "--category", "hat", "--json"])
"""


def run(server: ModelServer, script: str, folder: Path) -> str:
    arguments = [Path(__file__).parents[3], server.address, server.rest_address]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + script, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("script", [GRPC, ASYNCIO, REST])
def test_clients(server: ModelServer, tmp_path: Path, script: str) -> None:
    assert run(server, script, tmp_path).split() == ["robe", "1"]


def test_the_command(server: ModelServer, tmp_path: Path) -> None:
    assert '"item_id": "robe"' in run(server, COMMAND, tmp_path)
    assert [one.name for one in tmp_path.glob("designs/*")] == ["000-hat-0.png"]
