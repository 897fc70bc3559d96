"""Blocking calls of the designer, for gRPC and REST clients."""

from atelier.schema.signatures import DESIGNER
from serving.client import designer_requests as requests
from serving.client.sync_client import SyncClient
from serving.client.sync_client import blocking


class DesignerApi(SyncClient):
    """Methods of the blocking designer clients.

    Each has the arguments and results of the function of the same name in
    `designer_requests`.
    """

    MODEL = DESIGNER
    # A design is an optimization of many steps, for every row.
    DEADLINE_SECONDS = 60.0

    generate = blocking(requests.generate)
    design = blocking(requests.design)
    restyle = blocking(requests.restyle)
    compose = blocking(requests.compose)
    recolor = blocking(requests.recolor)
