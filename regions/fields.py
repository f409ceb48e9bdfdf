"""Form fields that choose a region: a plain `<select>` that becomes searchable where there is JavaScript.

Without JavaScript the list holds provinces and prefectures, and around a chosen region its siblings and what lies
below it, so that a form sent once can be refined to the county. With it, the box finds every county by name, pinyin,
initials or code (`regions:region-options`). A page that shows one includes `foundation/components/select_assets.html`
in its `head` block.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from regions.models import SHELL, Region, RegionQuerySet

if TYPE_CHECKING:
    _OneRegion = forms.ModelChoiceField[Region]
    _SeveralRegions = forms.ModelMultipleChoiceField[Region]
else:
    _OneRegion, _SeveralRegions = forms.ModelChoiceField, forms.ModelMultipleChoiceField

ALL_LEVELS = (Region.Level.PROVINCE, Region.Level.PREFECTURE, Region.Level.COUNTY)
CHOOSE_A_REGION = _("请选择地区")
CHOOSE_FROM_LIST = _("请从列表中选择地区。")
_CODE = re.compile(r"[0-9]{6}")


class _RegionOptions(forms.Select):
    """Renders its own options in one template: five hundred of Django's single option templates take 30 ms."""

    template_name = "regions/widgets/region_select.html"
    levels: Sequence[str] = ALL_LEVELS
    empty_label: Any = ""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-searchable": True} | (attrs or {}), choices)

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        return []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = [code for code in self.format_value(value) if _CODE.fullmatch(code)]
        context["groups"] = option_groups(levels=self.levels, chosen=chosen)
        context["empty_label"] = None if self.allow_multiple_selected else self.empty_label
        context["widget"]["attrs"]["data-url"] = options_url(self.levels)
        return context


class RegionSelect(_RegionOptions):
    pass


class RegionSelectMultiple(_RegionOptions, forms.SelectMultiple):
    pass


class RegionField(_OneRegion):
    """One region. `levels` says which may be chosen: `RegionField(levels=["province"])` for provinces only."""

    widget = RegionSelect
    default_error_messages = {"invalid_choice": CHOOSE_FROM_LIST}

    def __init__(
        self, *, levels: Iterable[str] = ALL_LEVELS, empty_label: Any = CHOOSE_A_REGION, **kwargs: Any
    ) -> None:
        self.levels = tuple(levels)
        kwargs.setdefault("label", _("地区"))
        super().__init__(queryset=choosable(self.levels), empty_label=empty_label, **kwargs)
        self.widget.levels, self.widget.empty_label = self.levels, empty_label

    def to_python(self, value: Any) -> Region | None:
        if isinstance(value, str) and value and not _CODE.fullmatch(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        region: Region | None = super().to_python(value)
        return region

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_label)


class RegionMultipleField(_SeveralRegions):
    """Several regions, for example those a firm delivers to."""

    widget = RegionSelectMultiple
    default_error_messages = {"invalid_choice": CHOOSE_FROM_LIST, "invalid_pk_value": CHOOSE_FROM_LIST}

    def __init__(self, *, levels: Iterable[str] = ALL_LEVELS, **kwargs: Any) -> None:
        self.levels = tuple(levels)
        kwargs.setdefault("label", _("地区"))
        super().__init__(queryset=choosable(self.levels), **kwargs)
        self.widget.levels = self.levels

    def clean(self, value: Any) -> Any:
        if isinstance(value, list | tuple) and any(not _CODE.fullmatch(str(code)) for code in value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_label)


def choosable(levels: Iterable[str] = ALL_LEVELS) -> RegionQuerySet:
    """Regions that are in force, without shells."""
    return Region.objects.current().shown().filter(level__in=list(levels)).with_path()


def option_groups(*, levels: Sequence[str] = ALL_LEVELS, chosen: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Options of the plain select by province: [{"label", "options": [{"code", "label", "keywords", "selected"}]}].

    Prefectures (and the districts of municipalities, whose prefecture is a shell), and for each chosen region its
    siblings and what is directly below it. One query.
    """
    wanted = Q(level__in=[Region.Level.PROVINCE, Region.Level.PREFECTURE]) | Q(
        level=Region.Level.COUNTY, parent__level=Region.Level.PREFECTURE, parent__code__regex=SHELL
    )
    for code in chosen:
        wanted |= Q(code=code) | Q(code__startswith=code[:4])
    rows = list(choosable(levels).filter(wanted).order_by("code"))
    groups: dict[str, dict[str, Any]] = {}
    for region in rows:
        province = region.path[0]
        group = groups.setdefault(province.code, {"label": province.label, "options": []})
        names = region.path[1:] or region.path
        group["options"].append(
            {
                "code": region.code,
                "label": " · ".join(step.short_label for step in names) if len(names) > 1 else region.label,
                "keywords": keywords(region),
                "selected": region.code in chosen,
            }
        )
    if tuple(levels) == (Region.Level.PROVINCE,):
        return [{"label": "", "options": [option for group in groups.values() for option in group["options"]]}]
    return list(groups.values())


def keywords(region: Region) -> str:
    """What else a searcher may type: pinyin together, its initials, the code."""
    syllables = region.pinyin.split()
    return f"{''.join(syllables)} {''.join(s[0] for s in syllables)} {region.code}"


def options_url(levels: Iterable[str] = ALL_LEVELS) -> str:
    chosen = tuple(levels)
    query = "" if chosen == ALL_LEVELS else "?levels=" + ",".join(chosen)
    return reverse("regions:region-options") + query
