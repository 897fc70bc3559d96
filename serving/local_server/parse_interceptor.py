"""gRPC interceptor that parses requests, to avoid a memory leak in grpcio."""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError


class ParseInterceptor(grpc.ServerInterceptor):
    """Parses requests, and rejects malformed ones with gRPC's own error.

    grpcio's own parsing (1.85) leaks 16 KB per malformed request.
    """

    def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], grpc.RpcMethodHandler | None
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """Wraps the handler of a method so that it takes unparsed bytes.

        Args:
            continuation: Function that looks up the handler.
            handler_call_details: Called method and its metadata.

        Returns:
            Wrapped handler; the original one if it is not unary, None if the
            method does not exist.
        """
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        def answer(message: bytes, context: grpc.ServicerContext) -> Any:
            try:
                request = handler.request_deserializer(message)
            except DecodeError:
                context.abort(
                    grpc.StatusCode.INTERNAL, "Exception deserializing request!"
                )
            return handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(
            answer, response_serializer=handler.response_serializer
        )
