"""Requests in an encoding that is one."""

import codecs
from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest

# What programs here send. Python knows more codecs: some are no text (base64), some fail on anything (undefined).
TEXT_ENCODINGS = frozenset({"utf-8", "ascii", "iso8859-1", "gbk", "gb2312", "gb18030", "big5"})


class _InText(HttpRequest):
    """The charset of a Content-Type is taken if it is one of ours, and else as if none were named: Django would look
    it up and fall over it before any middleware is asked."""

    @property
    def encoding(self) -> Any:
        return self._encoding  # type: ignore[attr-defined]

    @encoding.setter
    def encoding(self, value: Any) -> None:
        if value is None or codecs.lookup(value).name in TEXT_ENCODINGS:
            HttpRequest.encoding.fset(self, value)  # type: ignore[attr-defined]


class Request(_InText, WSGIRequest):
    pass


class AsyncRequest(_InText, ASGIRequest):
    pass


class Handler(WSGIHandler):
    request_class = Request


class AsyncHandler(ASGIHandler):
    request_class = AsyncRequest
