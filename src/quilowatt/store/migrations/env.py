"""What Alembic runs to reach the ledger: on the connection that `bring_up_to_date` hands it."""

from alembic import context

from quilowatt.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
