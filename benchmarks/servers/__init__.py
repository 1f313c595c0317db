"""Real servers for the suites and the tests: started here, on this machine, and gone afterwards."""


class Unavailable(Exception):  # noqa: N818 - nothing erred: a real part cannot be had here
    """A real part cannot be had on this machine; the text is the reason, for whoever skips."""
