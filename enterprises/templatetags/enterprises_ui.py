"""Template filters for posts and capabilities."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from enterprises.models import Post
from enterprises.web import amounts

register = template.Library()


@register.filter
def amount(value: Any, unit: str) -> str:
    """`{{ post.quantity|amount:post.unit }}`: 86 吨; nothing → 未填写."""
    return amounts.amount(value, unit) or _("未填写")


@register.filter
def amount_label(post: Post) -> str:
    return amounts.amount_label(post.direction, post.factor)


@register.filter
def is_by_the_month(post: Post) -> bool:
    return amounts.is_by_the_month(post.direction, post.factor)


@register.filter
def has_lead_time(post: Post) -> bool:
    return amounts.has_lead_time(post.factor)
