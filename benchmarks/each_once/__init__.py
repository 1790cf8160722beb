"""Two processes on one store, one-offs that are all due at once: does each run, and run once."""
