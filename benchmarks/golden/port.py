"""A port that is known before the server that will open it is started."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Iterator[int]:
    """Give a port that nobody listens on and nobody is given by chance, but that can be opened.

    The socket is bound and does not listen: clients are refused, and Linux lets another socket with
    SO_REUSEADDR, as servers have it, bind beside it and listen.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
