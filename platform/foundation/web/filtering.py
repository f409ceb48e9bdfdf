"""What a filter form has active, as chips that can be taken away one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.forms import BaseForm, BoundField
from django.forms.models import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext as _

HIDDEN = frozenset({"sort", "page", "cursor", "order", "o"})


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    remove_url: str


def active_filters(form: BaseForm, request: HttpRequest | None) -> list[Chip]:
    """Chips of the valid, non-empty filters of a bound GET form."""
    if not form.is_bound or request is None:
        return []
    form.is_valid()
    return [chip for bound in form for chip in _chips(form, bound, request)]


def _chips(form: BaseForm, bound: BoundField, request: HttpRequest) -> Iterator[Chip]:
    value = form.cleaned_data.get(bound.name)
    names = [name for name in request.GET if name == bound.html_name or name.startswith(f"{bound.html_name}_")]
    if value in (None, "", [], ()) or bound.name in HIDDEN or not names or bound.is_hidden:
        return
    query = request.GET.copy()
    for name in (*names, "page", "cursor"):
        query.pop(name, None)
    text = "、".join(_words(bound, value))
    if text:
        yield Chip(label=str(bound.label), value=text, remove_url=f"?{query.urlencode()}")


def _words(bound: BoundField, value: object) -> Iterator[str]:
    field = bound.field
    if value is True:
        yield _("是")
    elif value is False:
        yield _("否")
    elif isinstance(value, slice):
        yield f"{'' if value.start is None else value.start} – {'' if value.stop is None else value.stop}"
    elif isinstance(field, ModelChoiceField):
        many = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
        yield from (field.label_from_instance(item) for item in many)
    elif hasattr(field, "choices"):
        chosen = {str(item) for item in value} if isinstance(value, list | tuple | set) else {str(value)}
        yield from (str(label) for key, label in _flat(field.choices) if str(key) in chosen)
    else:
        yield str(value)


def _flat(choices: object) -> Iterator[tuple[object, object]]:
    for key, label in choices:  # type: ignore[attr-defined]
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield key, label
