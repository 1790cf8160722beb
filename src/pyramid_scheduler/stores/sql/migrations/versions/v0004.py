"""Keys, rates, unique runs, and schedules that are paused when they fail."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Ordered by bytes, whatever the language of the database.
_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, the table and the indexes."""
    op.add_column("scheduler_schedule", sa.Column("pause_after", sa.Integer))
    op.add_column("scheduler_schedule", sa.Column("resumed", sa.BigInteger))
    op.add_column("scheduler_run", sa.Column("key", _ID))
    op.add_column("scheduler_run", sa.Column("same", sa.String(40)))
    op.add_column("scheduler_run", sa.Column("equals", _ID))
    compared = sa.text("same IS NOT NULL")
    op.create_index(
        "scheduler_run_same", "scheduler_run", ["same", "state", "fire_time"],
        sqlite_where=compared, postgresql_where=compared,
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
