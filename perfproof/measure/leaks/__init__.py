"""One benchmark repeated in growing rounds, and what survives them: memory and other things."""
