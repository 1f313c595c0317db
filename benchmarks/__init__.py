"""What is measured of the reference backend, and by which limits.

pytest-benchmark suites are `test_*.py`, pyperf scripts `perf_*.py`; limits stand in `targets.toml`,
the phases and checks of the proof in `proof.toml`. `probes` try claims that are no times,
`sabotage` holds systems that are broken on purpose, `peers` other implementations to measure.
All of them speak to `system_under_test.protocol` alone, so `--system package.module` puts another
implementation in the reference's place.
"""
