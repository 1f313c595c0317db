"""The error study of the duel: what it says of identical, unrelated and slower code, counted.

    python -m analysis.study.record --minutes 60 --into analysis/study/data

``project`` is the small project that is measured, ``versions`` its planted changes, ``record``
runs the real command line over them for an hour, ``judge`` counts what was said, and ``table``
holds it against the goals.
"""
