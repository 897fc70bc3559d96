"""A typed client of the recommender, for TF Serving or the local server.

    with RecommenderClient("localhost:8500") as client:
        found = client.recommend(["u1", "u2"])

The command line: `python -m serving.client --help`.
"""

import sys

from serving.clients.model_client import ModelClient
from serving.clients.recommender_calls import RecommenderCalls


class RecommenderClient(RecommenderCalls, ModelClient):
    """Asks for items; what all clients share is told in `ModelClient`."""


if __name__ == "__main__":
    # Imported here because it imports this module in turn.
    from serving.clients.command import main

    sys.exit(main())
