"""Keys, rates, unique runs, and schedules that are paused when they fail."""

import json
from contextlib import suppress

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Ordered by bytes, whatever the language of the database.
_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


_SCHEDULE = sa.table(
    "scheduler_schedule", sa.column("name"), sa.column("definition"), sa.column("grace")
)


def _write_graces(connection: sa.Connection) -> None:
    """Have the graces that definitions have in a column of their own, too."""
    texts = connection.execute(sa.select(_SCHEDULE.c.name, _SCHEDULE.c.definition)).all()
    for name, text in texts:
        with suppress(ValueError, TypeError, KeyError):  # what cannot be read is left as it is
            grace = json.loads(text)["grace"]
            row = sa.update(_SCHEDULE).where(_SCHEDULE.c.name == name)
            connection.execute(row.values(grace=grace))


def upgrade() -> None:
    """Add the columns, the table and the indexes."""
    op.add_column("scheduler_schedule", sa.Column("pause_after", sa.Integer))
    op.add_column("scheduler_schedule", sa.Column("resumed", sa.BigInteger))
    op.add_column("scheduler_schedule", sa.Column("grace", sa.BigInteger))
    _write_graces(op.get_bind())
    op.add_column("scheduler_run", sa.Column("key", _ID))
    op.add_column("scheduler_run", sa.Column("same", sa.String(40)))
    op.add_column("scheduler_run", sa.Column("equals", _ID))
    compared = sa.text("same IS NOT NULL")
    op.create_index(
        "scheduler_run_same", "scheduler_run", ["same", "state", "fire_time"],
        sqlite_where=compared, postgresql_where=compared,
    )  # fmt: skip
    alive = sa.column("alive", sa.Boolean) == sa.true()
    op.create_index(
        "scheduler_node_alive", "scheduler_node", ["id"],
        sqlite_where=alive, postgresql_where=alive,
    )  # fmt: skip
    op.create_table(
        "scheduler_start",
        sa.Column("run_id", _ID, primary_key=True),
        sa.Column("token", sa.Integer, primary_key=True),
        sa.Column("task", _ID, nullable=False),
        sa.Column("key", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("scheduler_start_counted", "scheduler_start", ["task", "key", "at"])
    op.create_index("scheduler_start_over", "scheduler_start", ["task", "until"])
    op.create_index("scheduler_start_old", "scheduler_start", ["until"])
