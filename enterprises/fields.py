"""A form field that chooses an industry class of GB/T 4754.

A plain `<select>` of divisions by section, with the groups and classes around what is chosen, so that it can be refined
step by step without JavaScript; with it, a box that finds all classes by code or name (`enterprises:industry-options`).
A page that shows one includes `foundation/components/select_assets.html` in its `head` block.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enterprises.models import CertificateKind, IndustryClass

if TYPE_CHECKING:
    _OneIndustry = forms.ModelChoiceField[IndustryClass]
    _OneCertificateKind = forms.ModelChoiceField[CertificateKind]
else:
    _OneIndustry = _OneCertificateKind = forms.ModelChoiceField

ALL_LEVELS = (1, 2, 3, 4)
CHOOSE_AN_INDUSTRY = _("请选择行业")
CHOOSE_A_CERTIFICATE = _("请选择证书")
_CODE = re.compile(r"[A-Z]|[0-9]{2,4}")


class IndustrySelect(forms.Select):
    """Renders its own options in one template, grouped by section."""

    template_name = "enterprises/widgets/industry_select.html"
    levels: Sequence[int] = ALL_LEVELS
    empty_label: Any = ""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-searchable": True} | (attrs or {}), choices)

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        return []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = next((code for code in self.format_value(value) if _CODE.fullmatch(code)), "")
        context["groups"] = option_groups(levels=self.levels, chosen=chosen)
        context["empty_label"] = self.empty_label
        context["widget"]["attrs"]["data-url"] = options_url(self.levels)
        return context


class IndustryField(_OneIndustry):
    """One class. `levels` says how fine or coarse it may be: `IndustryField(levels=[4])` for four digits only."""

    widget = IndustrySelect
    default_error_messages = {"invalid_choice": _("请从列表中选择行业。")}

    def __init__(
        self, *, levels: Iterable[int] = ALL_LEVELS, empty_label: Any = CHOOSE_AN_INDUSTRY, **kwargs: Any
    ) -> None:
        self.levels = tuple(levels)
        kwargs.setdefault("label", _("行业"))
        super().__init__(queryset=choosable(self.levels), empty_label=empty_label, **kwargs)
        self.widget.levels, self.widget.empty_label = self.levels, empty_label

    def to_python(self, value: Any) -> IndustryClass | None:
        if isinstance(value, str) and value and not _CODE.fullmatch(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        industry: IndustryClass | None = super().to_python(value)
        return industry

    def label_from_instance(self, obj: Any) -> str:
        return label(obj)


class CertificateKindField(_OneCertificateKind):
    """A kind of certificate by its code; any other text is no choice, whatever its bytes."""

    def __init__(self, *, empty_label: Any = CHOOSE_A_CERTIFICATE, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("证书"))
        super().__init__(queryset=CertificateKind.objects.all(), empty_label=empty_label, **kwargs)

    def to_python(self, value: Any) -> CertificateKind | None:
        if isinstance(value, str) and value and not value.isprintable():
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        kind: CertificateKind | None = super().to_python(value)
        return kind


def choosable(levels: Iterable[int] = ALL_LEVELS) -> QuerySet[IndustryClass]:
    return IndustryClass.objects.filter(level__in=list(levels))


def matching(text: str, *, levels: Iterable[int] = ALL_LEVELS) -> QuerySet[IndustryClass]:
    """By the beginning of the code or by a part of the 中文 or English name; several words must all fit."""
    rows = choosable(levels)
    for word in text.split()[:6]:
        word = word[:40]
        if re.fullmatch(r"[A-Za-z]?[0-9]{2,4}", word):
            # People also write C3841: the section before the digits.
            rows = rows.filter(code__startswith=word.lstrip("ABCDEFGHIJKLMNOPQRSTabcdefghijklmnopqrst"))
        else:
            rows = rows.filter(Q(name__icontains=word) | Q(name_en__icontains=word))
    return rows


def label(industry: IndustryClass) -> str:
    return f"{industry.code} {industry.label}"


def option_groups(*, levels: Sequence[int] = ALL_LEVELS, chosen: str = "") -> list[dict[str, Any]]:
    """Options of the plain select by section: divisions, and around a chosen class all that shares its division.

    Where divisions may not be chosen, the finest level that may is listed whole. One query and one for the sections.
    """
    basic = 2 if 2 in levels else max(levels)
    wanted = Q(level__lte=basic)
    if chosen:
        near = chosen[:3] if len(chosen) > 3 else chosen[:2]
        wanted |= Q(code__startswith=near) | Q(code=chosen)
        if len(chosen) > 2:
            wanted |= Q(level=3, code__startswith=chosen[:2])
    sections = {row.code: row.label for row in IndustryClass.objects.filter(level=1)}
    groups: dict[str, dict[str, Any]] = {}
    for industry in choosable(levels).filter(wanted).order_by("section", "code"):
        group = groups.setdefault(industry.section, {"label": sections.get(industry.section, ""), "options": []})
        option = {"code": industry.code, "label": label(industry), "selected": industry.code == chosen}
        # The section itself comes first in its group; its letter would sort behind the digits.
        group["options"].insert(0, option) if industry.level == 1 else group["options"].append(option)
    return list(groups.values())


def options_url(levels: Iterable[int] = ALL_LEVELS) -> str:
    chosen = tuple(levels)
    query = "" if chosen == ALL_LEVELS else "?levels=" + ",".join(str(level) for level in chosen)
    return reverse("enterprises:industry-options") + query
