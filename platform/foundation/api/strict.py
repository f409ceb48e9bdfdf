"""What a caller wrote and nobody reads is an error, not silence: `?Region=` would answer with everything."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, serializers
from rest_framework.request import Request

# Pages, representation and language are nobody's filter.
EVERYWHERE: Final = frozenset({"cursor", "page", "page_size", "format", "language"})
# A list of more would be a page of a book.
MOST_NAMED: Final = 60


def refuse_unknown(given: Iterable[object], known: Collection[str]) -> None:
    """400 for the names that are not known, each with those that are."""
    unknown = [str(name) for name in given if str(name) not in known]
    if unknown:
        names = _("、").join(sorted(known))
        raise exceptions.ValidationError(
            {
                name[:60]: exceptions.ErrorDetail(
                    _("不认识的参数“%(name)s”。可用：%(names)s。") % {"name": name[:60], "names": names}, code="unknown"
                )
                for name in unknown[:20]
            }
        )


class FilterBackend(DjangoFilterBackend):
    """Filters of a list by known names and choices only. A view with parameters besides its filters names them in
    `query_parameters`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        fields = filterset.form.fields
        if getattr(view, "action", "") == "list":
            known = {*fields, *getattr(view, "query_parameters", ())}
            refuse_unknown((name for name in request.query_params if name not in EVERYWHERE), known)
        if filterset.is_valid():
            found: QuerySet[Any] = filterset.qs
            return found
        raise exceptions.ValidationError(
            {
                name: [
                    exceptions.ErrorDetail(_choices_named(problem, fields.get(name)), code=problem.code or "invalid")
                    for problem in problems
                ]
                for name, problems in filterset.errors.as_data().items()
            }
        )


def _choices_named(problem: Any, field: Any) -> str:
    """The words of a form's error; of a wrong choice, with the right ones."""
    said = str(problem.message % (problem.params or ()))
    if problem.code != "invalid_choice" or field is None or hasattr(field, "queryset"):
        return said
    keys = [str(key) for key, _label in field.choices if key]
    return _not_one_of(str((problem.params or {}).get("value", "")), keys) if 0 < len(keys) <= MOST_NAMED else said


def _not_one_of(given: str, keys: Iterable[str]) -> str:
    return _("“%(raw)s”不在可选范围内：%(choices)s。") % {"raw": given[:30], "choices": _("、").join(keys)}


class ChoiceField(serializers.ChoiceField):
    """One that names the choices when it refuses one."""

    default_error_messages = {"invalid_choice": gettext_lazy("“{input}”不在可选范围内：{choices}。")}

    def fail(self, key: str, **kwargs: Any) -> Any:
        if key == "invalid_choice":
            kwargs = {"input": str(kwargs.get("input", ""))[:30], "choices": _("、").join(self._keys())}
        super().fail(key, **kwargs)

    def _keys(self) -> list[str]:
        return [str(key) for key in self.choices if key != ""]


class StrictSerializer(serializers.Serializer[Any]):
    """Takes its own fields only."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown(data, self.fields.keys())
        return super().to_internal_value(data)
