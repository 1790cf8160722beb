"""The first version that can be migrated from: nothing leads to it."""

revision = "0002"
down_revision = None


def upgrade() -> None:
    """Do nothing: the tables are there."""
