"""Filters of the directory of firms, shared by page and API."""

from typing import Any

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.disclosure import Viewer
from enterprises.fields import CertificateKindField
from enterprises.filters.industries import IndustryFilter
from enterprises.models import Certificate, CertificateKind, Enterprise, TierTitle
from enterprises.sorting import looks_like_pinyin, squeeze
from enterprises.uscc import examine
from regions.filters import RegionFilter, RegionSetFilter


class CertificateKindFilter(django_filters.Filter):
    """One kind of certificate by its code."""

    field_class = CertificateKindField

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("不限"))
        super().__init__(**kwargs)


class _EmptyLabelled(django_filters.ChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("不限"))
        super().__init__(**kwargs)


class EnterpriseFilter(django_filters.FilterSet):
    """The directory of firms. A field that a firm hides from the viewer cannot be filtered by: it would tell."""

    q = django_filters.CharFilter(method="filter_text", label=_("名称、拼音或信用代码"), max_length=120)
    region = RegionFilter(field_name="region__code")
    strategy = RegionSetFilter(field_name="region__code")
    industry = IndustryFilter()
    org_type = _EmptyLabelled(choices=Enterprise.OrgType.choices, label=_("组织类型"))
    size = _EmptyLabelled(
        method="filter_size", label=_("规模"), choices=[c for c in Enterprise.SizeClass.choices if c[0]]
    )
    title = _EmptyLabelled(method="filter_title", choices=TierTitle.Title.choices, label=_("有效称号"))
    certificate = CertificateKindFilter(method="filter_certificate", label=_("有效证书"))
    sort = django_filters.OrderingFilter(
        label=_("排序"),
        empty_label=_("默认顺序"),
        fields=(("pinyin", "pinyin"), ("verified_at", "verified_at")),
        # Both ways: django-filter would put "(descending)" behind the 中文.
        field_labels={
            "pinyin": _("名称拼音 A–Z"),
            "-pinyin": _("名称拼音 Z–A"),
            "verified_at": _("核验时间 从旧到新"),
            "-verified_at": _("核验时间 从新到旧"),
        },
    )

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = Viewer(getattr(self.request, "user", AnonymousUser()))

    def filter_queryset(self, queryset: Any) -> Any:
        """Ties in the order are broken by id; without an order, by name."""
        rows = super().filter_queryset(queryset)
        order = rows.query.order_by or ("pinyin",)
        return rows.order_by(*order, "-pk" if str(order[-1]).startswith("-") else "pk")

    def filter_text(self, rows: QuerySet[Enterprise], _name: str, value: str) -> QuerySet[Enterprise]:
        """By a part of a name (the trigram index), nearly the same name, pinyin, or the whole code."""
        text = " ".join(value.split())
        if not text:
            return rows
        found = Q(name__contains=text) | Q(short_name__contains=text)
        if len(text) >= 4:
            found |= Q(name__trigram_word_similar=text)
        code = examine(text)
        if code.is_usable:
            found |= Q(uscc=code.code) & self.viewer.showing("uscc")
        if looks_like_pinyin(text):
            found |= Q(name_en__icontains=text) | Q(name__icontains=text) | Q(together__contains=squeeze(text))
            rows = rows.alias(together=Replace("pinyin", Value(" "), Value("")))
        return rows.filter(found)

    def filter_size(self, rows: QuerySet[Enterprise], _name: str, value: str) -> QuerySet[Enterprise]:
        return rows.filter(self.viewer.showing("size"), size_class=value)

    def filter_title(self, rows: QuerySet[Enterprise], _name: str, value: str) -> QuerySet[Enterprise]:
        holders = TierTitle.objects.filter(title=value).filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
        )
        return rows.filter(self.viewer.showing("titles"), pk__in=holders.values("enterprise_id"))

    def filter_certificate(
        self, rows: QuerySet[Enterprise], _name: str, value: CertificateKind
    ) -> QuerySet[Enterprise]:
        holders = Certificate.objects.valid().filter(kind=value)
        return rows.filter(self.viewer.showing("certificates"), pk__in=holders.values("enterprise_id"))


def with_badges(rows: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
    """With place, industry, and what holds today of titles and certificates: three queries, however many rows."""
    return rows.select_related("region__parent__parent", "industry").prefetch_related(
        Prefetch("titles", TierTitle.objects.all(), to_attr="all_titles"),
        Prefetch("certificates", Certificate.objects.valid().select_related("kind"), to_attr="valid_certificates"),
    )
