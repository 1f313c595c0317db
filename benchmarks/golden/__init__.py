"""The golden path from outside: real sockets, many users at once, cold starts, as distributions.

`python -m benchmarks.golden` measures and prints. The client is this process, the server one of its
own; what one user's client recorded is judged afterwards, whole: 15 events in order, one answer.
"""
