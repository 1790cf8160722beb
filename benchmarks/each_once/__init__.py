"""One-offs that are all due at once, two processes on one store: is each run, and run once?"""
