"""A deprecated path: its names warn and forward, see `system_under_test.registry`."""

from system_under_test.registry import forwarder

__getattr__ = forwarder(__name__)
