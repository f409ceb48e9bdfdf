"""Filters of the hall and of the API."""

import re
from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext_lazy as _

from enterprises.filters.industries import IndustryFilter
from enterprises.models import CertificateKind, Factor, Post
from enterprises.sorting import looks_like_pinyin, squeeze
from regions.filters import RegionFilter, RegionSetFilter

ANY = _("不限")
# Of a post on the market, as its page says it.
PROGRESS = [
    (Post.Status.PUBLISHED.value, _("还没有匹配")),
    (Post.Status.MATCHED.value, Post.Status.MATCHED.label),
    (Post.Status.NEGOTIATING.value, Post.Status.NEGOTIATING.label),
]


class StableOrderingFilter(django_filters.OrderingFilter):
    """Ties are broken by id, so that no row shows on two pages."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        ordered: QuerySet[Any] = super().filter(qs, value)
        names = [str(name) for name in ordered.query.order_by]
        if not names:
            return ordered
        return ordered.order_by(*names, "-id" if names[-1].startswith("-") else "id")


class PostFilter(django_filters.FilterSet):
    """Open posts by what people ask for: words, direction, factor, industry, place, certificate."""

    q = django_filters.CharFilter(method="filter_text", label=_("关键词"), max_length=60)
    direction = django_filters.ChoiceFilter(choices=Post.Direction, label=_("方向"), empty_label=ANY)
    factor = django_filters.ChoiceFilter(choices=Factor, label=_("要素类型"), empty_label=ANY)
    industry = IndustryFilter("industry")
    region = RegionFilter("enterprise__region__code", label=_("企业所在地"))
    strategy = RegionSetFilter("enterprise__region__code")
    certificate = django_filters.ModelChoiceFilter(
        field_name="certificates",
        queryset=CertificateKind.objects.all(),
        to_field_name="code",
        label=_("证书"),
        empty_label=ANY,
    )
    progress = django_filters.ChoiceFilter(field_name="status", choices=PROGRESS, label=_("进展"), empty_label=ANY)
    sort = StableOrderingFilter(
        fields=[("published_at", "published_at"), ("pinyin", "pinyin"), ("expires_on", "expires_on")],
        field_labels={
            "published_at": _("发布时间 从旧到新"),
            "-published_at": _("发布时间 从新到旧"),
            "pinyin": _("名称拼音 A–Z"),
            "-pinyin": _("名称拼音 Z–A"),
            "expires_on": _("有效期 从近到远"),
            "-expires_on": _("有效期 从远到近"),
        },
        label=_("排序"),
        empty_label=_("最新发布"),
    )

    class Meta:
        model = Post
        fields: list[str] = []

    def filter_text(self, rows: QuerySet[Post], _name: str, value: str) -> QuerySet[Post]:
        return matching_text(rows, value)


class MyPostFilter(django_filters.FilterSet):
    """One firm's own posts, in every state."""

    q = django_filters.CharFilter(method="filter_text", label=_("关键词"), max_length=60)
    direction = django_filters.ChoiceFilter(choices=Post.Direction, label=_("方向"), empty_label=ANY)
    status = django_filters.ChoiceFilter(choices=Post.Status, label=_("状态"), empty_label=ANY)
    external_id = django_filters.CharFilter(label=_("外部编号"), max_length=80)

    class Meta:
        model = Post
        fields: list[str] = []

    def filter_text(self, rows: QuerySet[Post], _name: str, value: str) -> QuerySet[Post]:
        return matching_text(rows, value)


def matching_text(rows: QuerySet[Post], text: str) -> QuerySet[Post]:
    """Posts with all the words in product, title or text, or whose title reads so in pinyin; if there are none,
    those with a like product name (trigrams)."""
    words = text.split()[:6]
    if not words:
        return rows
    exact = rows
    for word in words:
        # LIKE and ~*, not UPPER(…) LIKE: the trigram indexes answer them. 中文 has no case, and LIKE is faster.
        cased = word.lower() != word.upper()
        lookup, pattern = ("iregex", re.escape(word)) if cased else ("contains", word)
        fits = Q()
        for field in ("product", "title", "text"):
            fits |= Q(**{f"{field}__{lookup}": pattern})
        if looks_like_pinyin(word):
            fits |= Q(pinyin_joined__contains=squeeze(word))
            exact = exact.alias(pinyin_joined=Replace("pinyin", Value(" "), Value("")))
        exact = exact.filter(fits)
    if exact.exists():
        return exact
    return rows.filter(Q(product__trigram_word_similar=text) | Q(title__trigram_word_similar=text))
