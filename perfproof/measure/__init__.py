"""Produces records: fresh processes that measure, and the one that tells them what to do."""
