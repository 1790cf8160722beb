"""Triggers made of triggers: what the methods of :class:`~..combining.Trigger` return."""
