"""The command line, in the manner of Pyramid's own scripts: one module and one class a command.

A new command is a module here with a subclass of
:class:`pyramid_scheduler.scripts.command.Command`, added to ``COMMANDS`` in ``pscheduler.py``.
"""
