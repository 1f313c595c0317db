"""Other tools on the same versions, beside the duel: pytest-benchmark, pyperf and asv.

    python -m analysis.study.peers --minutes 12 --into analysis/study/data

``gear`` installs them, ``by_pytest_benchmark``, ``by_pyperf`` and ``by_asv`` run each as its
documentation says, ``agenda`` decides what is next, ``recording`` adds to ``peers.csv``, and
``table`` counts.
"""
