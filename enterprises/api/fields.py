"""Fields of serializers that several endpoints of enterprises share."""

import re
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from regions.models import Region

_CODE = re.compile(r"[0-9A-Za-z_.\-]{1,30}")


class PlaceSerializer(serializers.Serializer[Region]):
    """A division by its code, and its name from the province down. Rows are selected with `parent__parent`."""

    code = serializers.CharField(read_only=True)
    name = serializers.CharField(source="full_label", read_only=True)


class CodeField(serializers.PrimaryKeyRelatedField[Any]):
    """A row of reference data by its code; any other text, whatever its bytes, is no code."""

    default_error_messages = {"unknown_code": _("没有代码为“{value}”的数据。")}

    def to_internal_value(self, data: Any) -> Model:
        if not isinstance(data, str) or not _CODE.fullmatch(data):
            self.fail("unknown_code", value=str(data)[:30])
        found: Model | None = self.get_queryset().filter(pk=data).first()  # type: ignore[union-attr]
        if found is None:
            self.fail("unknown_code", value=data)
        return found
