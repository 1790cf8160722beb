"""Chains, pauses with a reason and an end, and what PostgreSQL needs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, the table and the indexes."""
    op.add_column("scheduler_run", sa.Column("on_failure", sa.String(200)))
    op.add_column("scheduler_schedule", sa.Column("paused_until", sa.BigInteger))
    op.add_column("scheduler_schedule", sa.Column("pause_note", sa.Text))
    op.add_column("scheduler_schedule", sa.Column("paused_by", sa.String(200)))
    op.create_table("scheduler_limit", sa.Column("task", sa.String(200), primary_key=True))
    op.drop_index("scheduler_schedule_wake", "scheduler_schedule")
    op.create_index("scheduler_schedule_wake", "scheduler_schedule", ["wake", "name"])
    over, code = sa.text("next_fire IS NULL"), sa.text("origin = 'code'")
    op.create_index(
        "scheduler_schedule_over", "scheduler_schedule", [sa.text("coalesce(last_fire, anchor)")],
        sqlite_where=over, postgresql_where=over,
    )  # fmt: skip
    op.create_index(
        "scheduler_schedule_code", "scheduler_schedule", ["name"],
        sqlite_where=code, postgresql_where=code,
    )  # fmt: skip
    op.create_index("scheduler_skip_old", "scheduler_skip", ["last"])
    number = sa.table("scheduler_number", sa.column("name"))
    op.execute(number.delete().where(number.c.name == "schema"))
