"""What the database must be told about its tables."""

from django.db import connection, models


def analyze(*kinds: type[models.Model]) -> None:
    """Refresh the planner's statistics after a bulk load. Takes milliseconds; fine inside a transaction.

    Until autovacuum gets there, a freshly filled table counts as empty, and a page that joins 3,700 firms with
    35,000 posts takes 43 s instead of 0.02 s.
    """
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(kind._meta.db_table)}")
