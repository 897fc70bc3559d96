"""gRPC channel options shared by clients and servers."""

# A batch of 64 images of 1 MiB; gRPC's default limit is 4 MiB.
MAX_MESSAGE_BYTES = 64 * 2**20

MESSAGE_SIZE_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
)
