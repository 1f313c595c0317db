"""Systems broken on purpose: the reference with one thing wrong, and the check that must see it."""
