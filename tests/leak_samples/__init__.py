"""Planted leaks and what looks like one; the tests copy them into a project of their own."""
