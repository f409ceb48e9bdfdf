"""Cursor pagination: its cost does not grow with the page number, only with the number of equals before it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, pagination
from rest_framework.request import Request

from foundation.web.middleware import is_unusable


class CursorPagination(pagination.CursorPagination):
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-id"
    # A cursor stands in the first column of the order and counts among equals. Rows that were loaded together have one
    # time of publication: beyond rest_framework's 1,000 of them the next page would be the same page for ever.
    offset_cutoff = 100_000
    invalid_cursor_message: Any = _("游标无效，请从第一页重新开始。")

    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and is_unusable(str(cursor.position)):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """400 for a cursor that is none; also for one that only the database can tell, such as a word for an id."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, ValidationError, ValueError) as problem:
            if self.cursor_query_param not in request.query_params:
                raise
            raise exceptions.ValidationError({self.cursor_query_param: self.invalid_cursor_message}) from problem
