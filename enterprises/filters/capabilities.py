"""Filters of capabilities, for the API and the export."""

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enterprises.disclosure import Viewer
from enterprises.filters.industries import IndustryFilter
from enterprises.filters.posts import ANY, StableOrderingFilter
from enterprises.models import Capability, Certificate, CertificateKind, Enterprise, Factor
from regions.filters import RegionFilter, RegionSetFilter


class CapabilityFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="filter_text", label=_("关键词"), max_length=60)
    factor = django_filters.ChoiceFilter(choices=Factor, label=_("要素类型"), empty_label=ANY)
    industry = IndustryFilter("industry")
    region = RegionFilter("enterprise__region__code", label=_("企业所在地"))
    strategy = RegionSetFilter("enterprise__region__code")
    certificate = django_filters.ModelChoiceFilter(
        method="filter_certificate",
        queryset=CertificateKind.objects.all(),
        to_field_name="code",
        label=_("证书"),
        empty_label=ANY,
    )
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("企业"), max_value=2**62, min_value=1)
    sort = StableOrderingFilter(
        fields=[("pinyin", "pinyin"), ("updated_at", "updated_at")],
        field_labels={
            "pinyin": _("名称拼音 A–Z"),
            "-pinyin": _("名称拼音 Z–A"),
            "updated_at": _("更新时间 从旧到新"),
            "-updated_at": _("更新时间 从新到旧"),
        },
        label=_("排序"),
        empty_label=_("最新"),
    )

    class Meta:
        model = Capability
        fields: list[str] = []

    def filter_certificate(
        self, rows: QuerySet[Capability], _name: str, value: CertificateKind
    ) -> QuerySet[Capability]:
        """By certificates that hold today, of firms that show theirs to the caller: the list would tell."""
        viewer = Viewer(getattr(self.request, "user", AnonymousUser()))
        open_about_it = Enterprise.objects.filter(viewer.showing("certificates"))
        held = Certificate.objects.valid().filter(kind=value, enterprise__in=open_about_it)
        named = Capability.certificates.through._default_manager.filter(certificate__in=held)
        return rows.filter(pk__in=named.values("capability_id"))

    def filter_text(self, rows: QuerySet[Capability], _name: str, value: str) -> QuerySet[Capability]:
        for word in value.split()[:6]:
            rows = rows.filter(Q(product__icontains=word) | Q(description__icontains=word))
        return rows
