"""What Alembic runs around each migration: in the transaction that it is given, whole or not."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    # The transaction is that of who asked, and holds the lock that keeps others from migrating.
    transactional_ddl=False,
)
context.run_migrations()
