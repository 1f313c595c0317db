"""Open-loop load: arrival times drawn before, latency from the intended start.

``scenario`` says what is asked, ``arrivals`` when, ``driver`` (a process of its own) asks over
``websocket_endpoint`` or ``http_endpoint`` and writes into ``ledger``; ``recording`` makes the
record; ``driving`` is the caller's side of that process, ``serving`` starts a server to load.
"""
