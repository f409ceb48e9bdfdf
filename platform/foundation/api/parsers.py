"""JSON that PostgreSQL can store."""

from collections.abc import Mapping
from json import JSONDecodeError
from math import isfinite
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, parsers

from foundation.web.middleware import is_unusable

MAX_DEPTH = 20


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise exceptions.ParseError(_("JSON 嵌套过深。"))
    if isinstance(value, str):
        if is_unusable(value):
            raise exceptions.ParseError(_("文本中含有无法保存的字符。"))
    elif isinstance(value, float):
        # 1e999 is JSON, and infinity to Python.
        if not isfinite(value):
            raise exceptions.ParseError(_("数字过大。"))
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)


class SafeJSONParser(parsers.JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except (RecursionError, LookupError, UnicodeError) as problem:
            raise exceptions.ParseError(_("无法读取 JSON。")) from problem
        except exceptions.ParseError as problem:
            where = problem.__context__
            if not isinstance(where, JSONDecodeError):
                raise exceptions.ParseError(_("无法读取 JSON。")) from problem
            said = _("无法读取 JSON：第 %(line)s 行第 %(column)s 个字符处有误。")
            raise exceptions.ParseError(said % {"line": where.lineno, "column": where.colno}) from problem
        _check(data, 0)
        return data
