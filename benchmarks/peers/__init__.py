"""Other implementations of the backend, to be measured with `--system`."""
