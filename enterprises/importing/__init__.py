"""Tables into the platform: Excel and CSV for capabilities, posts and (by operators) firms.

guard: is this a file we dare open. parsing: rows of text out of it, in a fenced child process. columns: what each
kind of table holds and how a cell is read. rows: what one row does. running: a whole file, as a job.
"""

from enterprises.importing.columns import Table, table_of
from enterprises.importing.guard import MAX_BYTES, check_upload
from enterprises.importing.running import apply, confirm, forget_old, start
from enterprises.importing.templates import template_file

__all__ = ["MAX_BYTES", "Table", "apply", "check_upload", "confirm", "forget_old", "start", "table_of", "template_file"]
