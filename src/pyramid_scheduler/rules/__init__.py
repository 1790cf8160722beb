"""The decisions, pure: what is owed, what a crash means, which definition is in force.

No clock, no store, no thread: every store asks the same functions, so all decide alike.
"""
