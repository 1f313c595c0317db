"""Each token is looked at for 15 ms of processor time, during which the server does nothing else.

Checks `golden-connect` and `golden-cpu` must see it.
"""

from time import process_time

from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tokens import Identity, TokenVerifier


class _Thorough(TokenVerifier):
    __slots__ = ()

    def verify(self, token: str | None) -> Identity:
        # Its own time and not the clock's: a busy machine must not make it cheaper.
        until = process_time() + 0.015
        while process_time() < until:
            pass
        return super().verify(token)


create_verifier = _Thorough
