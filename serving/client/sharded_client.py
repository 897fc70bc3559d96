"""Recommender client of a catalog that is divided among servers.

It scatters a call to all servers and gathers the best items of their lists.
"""

from collections.abc import Sequence
from concurrent import futures
from types import TracebackType
from typing import Any
from typing import Self

import numpy as np

from serving.client.recommender_api import RecommenderApi
from serving.client.recommender_requests import Array
from serving.client.recommender_requests import IdRows
from serving.client.recommender_requests import Ids
from serving.client.recommender_requests import Recommendations


class ShardedRecommenderClient:
    """Client of servers that have all users, and each a part of the items.

    The lists are those of one server with all items where the score of an item
    does not depend on the other items: in models without EASE weights, pins
    and buries. A call needs all servers, so it fails if one fails, and takes
    the time of the slowest.

    Args:
        clients: Client of each server, over gRPC or REST; closed with this one.

    Raises:
        ValueError: If there is no client.

    Example:
        servers = ["part1:8500", "part2:8500", "part3:8500"]
        clients = [RecommenderClient(server) for server in servers]
        with ShardedRecommenderClient(clients) as client:
            print(client.recommend(["u1"]).item_ids[0][:5])
    """

    def __init__(self, clients: Sequence[RecommenderApi]) -> None:
        if not clients:
            raise ValueError("clients must hold at least one client; got none")
        self._clients = clients
        self._threads = futures.ThreadPoolExecutor(
            4 * len(clients), "sharded_recommender"
        )

    def __enter__(self) -> Self:
        """Returns the client."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        self.close()

    def close(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""
        self._threads.shutdown()
        for client in self._clients:
            client.close()

    def recommend(
        self,
        user_ids: Ids,
        exclude_ids: IdRows | None = None,
        categories: IdRows | None = None,
        **options: Any,
    ) -> Recommendations:
        """Ranks the top-k items of all servers that each user does not have.

        Args:
            user_ids: User ids, string [batch].
            exclude_ids: Ids of items to exclude for each user, string
                [batch][any length].
            categories: Eligible categories of each user, string [batch][any
                length]; each server must have an item of each category, and
                of each value of `filters`.
            **options: `filters`, `min_price`, `max_price` and `include_owned`
                of `recommender_requests.recommend`; `diversity` and
                `collapse_variants` compare items of different servers.

        Returns:
            Eligible items of each user, by descending score, as many as the
            longest list of a server.

        Raises:
            ServingError: If a server fails.
            ValueError: If an argument is invalid.
        """
        if across := {"diversity", "collapse_variants"} & options.keys():
            raise ValueError(
                f"{' and '.join(sorted(across))} must not be given, because "
                "the items to compare are on different servers; omit it"
            )
        calls = [
            self._threads.submit(
                client.recommend, user_ids, exclude_ids, categories, **options
            )
            for client in self._clients
        ]
        return merge([call.result() for call in calls])


def merge(parts: Sequence[Recommendations]) -> Recommendations:
    """Merges the lists of the parts of a catalog into those of all of it.

    Equal scores keep the order of the parts. So lists are those of one server
    with all items if the parts are consecutive ranges of the sorted ids.

    Args:
        parts: Lists of the same users from each part of the items.

    Returns:
        Lists of the best items of all parts, as long as the longest of them. A
        user is known if all parts know them; the version is 0 if the parts are
        of different versions.
    """
    length = max(part.scores.shape[1] for part in parts)
    item_ids = np.concatenate([_texts(part.item_ids) for part in parts], axis=1)
    scores = np.concatenate([part.scores for part in parts], axis=1)
    # Places without an item come last.
    keys = np.where(item_ids == "", np.inf, -scores)
    best = np.argsort(keys, axis=1, kind="stable")[:, :length]

    def select(values: Sequence[Array]) -> Array:
        joined = np.concatenate(values, axis=1)
        return np.take_along_axis(joined, best, axis=1)

    versions = {part.version for part in parts}
    return Recommendations(
        item_ids=np.take_along_axis(item_ids, best, axis=1).tolist(),
        scores=np.take_along_axis(scores, best, axis=1),
        known=np.all([part.known for part in parts], axis=0),
        version=versions.pop() if len(versions) == 1 else 0,
        because_item_ids=select(
            [_texts(part.because_item_ids) for part in parts]
        ).tolist(),
        because_shares=select([part.because_shares for part in parts]),
    )


def _texts(rows: list[list[str]]) -> Array:
    """Returns rows of equally many texts as an array."""
    return np.array(rows, object).reshape(len(rows), -1)
