"""How the tables of an older version become those of this one, in Alembic's manner.

A module of ``versions`` for each step; ``schema.VERSIONS`` names them in order. A new database is
made from ``schema`` at once, and goes through none of them.
"""
