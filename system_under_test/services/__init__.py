"""Deprecated paths; `system_under_test.registry` says where the names live now."""
