"""Where threads, messages and runs are kept: SQLite by file, PostgreSQL by URL.

Nothing is imported from here; `manager` is the way in, `errors` what it raises.
"""
