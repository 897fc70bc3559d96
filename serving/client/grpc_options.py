"""Settings that both ends of a gRPC channel must agree on."""

# Room for a batch of 64 photos of 1 MiB; gRPC's own limit of 4 MiB is passed
# by a handful of them.
MAX_MESSAGE_BYTES = 64 * 2**20

MESSAGE_SIZE_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
)
