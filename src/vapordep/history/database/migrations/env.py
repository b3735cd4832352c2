"""What Alembic runs: the migrations of one kind of file, on the connection and in the transaction it is given."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["tables"],
    render_as_batch=True,  # SQLite changes a column by copying the table
)
context.run_migrations()
