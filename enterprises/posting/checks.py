"""What is looked at before a post goes on the market."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import units
from enterprises.models import Factor, Post
from enterprises.models.posts import Visibility
from enterprises.wording import plain_text


class Level(StrEnum):
    ERROR = "error"  # cannot be published so
    REVIEW = "review"  # an operator looks at it first
    ADVICE = "advice"  # worth a second look, published all the same


@dataclass(frozen=True)
class Finding:
    level: Level
    code: str
    field: str
    message: str
    # The id of another own post that this is about.
    post_id: int | None = None


MOST_YEARS_AHEAD: Final = 3
WIDE_PRICE_BAND: Final = 10
HUGE: Final = Decimal(10) ** 10

# Of a text after normalising, which may make it many times longer (㏂ is four letters).
LONGEST: Final = 8000

_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[-\s]?)?1[3-9][0-9](?:[-\s]?[0-9]{4}){2}(?![0-9])")
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z])(?:\(?0[1-9][0-9]{1,2}\)?[-\s])[2-8][0-9]{6,7}(?![0-9])|(?<![0-9])[48]00[-\s]?[0-9]{3}[-\s]?[0-9]{4}(?![0-9])"
)
_MAIL = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\s?\.\s?[\w-]{1,63}){1,8}", re.IGNORECASE | re.ASCII
)
_CHAT = re.compile(
    r"(?:微信|威信|薇信|v信|vx|wechat|weixin|qq|扣扣)(?:\s?(?:号|群|id|同号))?(?:\s?(?:是|为|:|加|[-_]))?\s?[a-z0-9][-_a-z0-9]{4,19}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s，。；]{1,2000}|(?<![\w@.])(?!(?:asp|vb|ado|ml)\.net)[a-z0-9-]{2,63}(?:\.[a-z0-9-]{1,63}){0,8}\.(?:com|cn|net|org|top|shop|xyz|cc|vip|io)(?![a-z0-9])",
    re.IGNORECASE,
)
CONTACT_PATTERNS: Final = (
    ("phone", _PHONE),
    ("phone", _LANDLINE),
    ("mail", _MAIL),
    ("chat", _CHAT),
    ("address", _ADDRESS),
)

# Words of offers that have no place on the platform; a person decides, the word alone refuses nothing.
BANNED_WORDS: Final = (
    "代开发票",
    "虚开发票",
    "买卖发票",
    "套现",
    "洗钱",
    "高利贷",
    "校园贷",
    "刷单",
    "走私",
    "假证",
    "办证刻章",
    "枪支",
    "弹药出售",
    "毒品",
    "赌博",
    "博彩",
    "传销",
    "濒危动物",
    "象牙",
    "固体废物进口",
)


def contact_data(text: str) -> list[str]:
    """The pieces of a text that look like a phone number, mail, WeChat, QQ or web address."""
    # Blanks in a row are one: the patterns try every way to share them out.
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))[:LONGEST]
    found: list[str] = []
    for _kind, pattern in CONTACT_PATTERNS:
        found += [match.group().strip() for match in pattern.finditer(plain)]
    return list(dict.fromkeys(found))


def banned_words(text: str) -> list[str]:
    plain = plain_text(text)
    return [word for word in BANNED_WORDS if word in plain]


def examine(post: Post, *, rivals: "Rivals | None" = None, invited: bool | None = None) -> list[Finding]:
    """Everything found in a post, worst first. With `rivals` (`open_posts_of`) the database is not asked for them;
    `invited` says whether firms are invited, where that is not in the database yet."""
    order = list(Level)
    return sorted(
        [
            *_words(post),
            *_quantity(post),
            *_prices(post),
            *_dates(post),
            *_audience(post, invited),
            *_duplicates(post, rivals),
        ],
        key=lambda finding: order.index(finding.level),
    )


def impossible(post: Post) -> list[Finding]:
    """Errors that not even a draft may have, since the database refuses them too."""
    found = [*_quantity(post), *_prices(post)]
    return [
        finding for finding in found if finding.code in ("unit_missing", "quantity_not_positive", "price_band_reversed")
    ]


def _finding(level: Level, code: str, field: str, message: str, **extra: Any) -> Finding:
    return Finding(level=level, code=code, field=field, message=message, **extra)


def _words(post: Post) -> Iterator[Finding]:
    if len(plain_text(post.product)) < 2:
        yield _finding(Level.ERROR, "product_unclear", "product", _("请写明产品或服务名称，至少两个字。"))
    for field in ("product", "title", "text"):
        value = getattr(post, field)
        pieces = contact_data(value)
        if pieces:
            yield _finding(
                Level.REVIEW,
                "contact_data",
                field,
                _(
                    "文字中似有联系方式（%(pieces)s）。双方达成意向后平台会互换联系方式，建议删去；保留则须先经平台审核。"
                )
                % {"pieces": _("、").join(pieces[:3])},
            )
        words = banned_words(value)
        if words:
            yield _finding(
                Level.REVIEW,
                "banned_words",
                field,
                _("文字中含有需要人工审核的词语（%(words)s）。") % {"words": _("、").join(words)},
            )
    if not post.text and post.factor != Factor.PRODUCT:
        yield _finding(Level.ADVICE, "text_missing", "text", _("补充几句说明，对方更容易判断是否合适。"))


def _quantity(post: Post) -> Iterator[Finding]:
    if post.quantity is not None and not post.unit:
        yield _finding(Level.ERROR, "unit_missing", "unit", _("请为数量选择单位。"))
        if post.quantity <= 0:
            yield _finding(Level.ERROR, "quantity_not_positive", "quantity", _("数量应大于 0。"))
        return
    if post.quantity is None:
        if post.is_demand and post.factor in (Factor.PRODUCT, Factor.PROCESSING):
            yield _finding(
                Level.ADVICE,
                "quantity_missing",
                "quantity",
                _("未填数量：无法判断对方产能是否满足，匹配会少一项依据。"),
            )
        return
    if post.quantity <= 0:
        yield _finding(Level.ERROR, "quantity_not_positive", "quantity", _("数量应大于 0。"))
        return
    if post.unit in units.WHOLE and post.quantity != post.quantity.to_integral_value():
        yield _finding(
            Level.ERROR,
            "quantity_not_whole",
            "quantity",
            _("以“%(unit)s”计的数量应为整数。") % {"unit": post.get_unit_display()},
        )
    if units.to_base(post.quantity, post.unit)[0] > HUGE:
        yield _finding(Level.ADVICE, "quantity_huge", "quantity", _("数量非常大，请核对数字和单位。"))
    if post.minimum_order is not None:
        if post.minimum_order <= 0:
            yield _finding(Level.ERROR, "minimum_not_positive", "minimum_order", _("最小起订量应大于 0。"))
        elif post.minimum_order > post.quantity:
            yield _finding(
                Level.ADVICE,
                "minimum_above_quantity",
                "minimum_order",
                _("最小起订量大于供应数量，请核对。"),
            )


def _prices(post: Post) -> Iterator[Finding]:
    low, high = post.price_low, post.price_high
    for field, price in (("price_low", low), ("price_high", high)):
        if price is not None and price <= 0:
            yield _finding(Level.ERROR, "price_not_positive", field, _("单价应大于 0；不便公开可留空。"))
            return
    if low is not None and high is not None:
        if low > high:
            yield _finding(Level.ERROR, "price_band_reversed", "price_low", _("最低单价不能高于最高单价。"))
        elif high > low * WIDE_PRICE_BAND:
            yield _finding(Level.ADVICE, "price_band_wide", "price_high", _("最高单价超过最低单价的十倍，请核对。"))
    if (low is not None or high is not None) and not post.unit:
        yield _finding(Level.ADVICE, "price_without_unit", "unit", _("已填单价但没有单位，对方无法知道按什么计价。"))


def _dates(post: Post) -> Iterator[Finding]:
    if post.deliver_by is None:
        return
    today = timezone.localdate()
    if post.deliver_by < today:
        yield _finding(Level.ERROR, "date_past", "deliver_by", _("交付日期已过，请改为今天或以后的日期。"))
    elif post.deliver_by > today + timedelta(days=366 * MOST_YEARS_AHEAD):
        yield _finding(Level.ADVICE, "date_far", "deliver_by", _("交付日期在三年以后，请核对年份。"))


def _audience(post: Post, invited: bool | None) -> Iterator[Finding]:
    if post.visibility != Visibility.INVITED:
        return
    if not (post.invited_firms.exists() if invited is None else invited):
        yield _finding(
            Level.ERROR, "nobody_invited", "invited_firms", _("已选“仅受邀企业”，请至少邀请一家企业，或改为公开。")
        )


Rivals = Mapping[tuple[str, str, str], Sequence[Post]]


def open_posts_of(enterprise_id: int, *, not_from: str) -> Rivals:
    """A firm's open posts from other sources, by direction, factor and plain name, for examining many posts."""
    rows = Post.objects.open().filter(enterprise_id=enterprise_id).exclude(source=not_from).only(*_COMPARED)
    found: dict[tuple[str, str, str], list[Post]] = {}
    for row in rows.order_by("-id"):
        found.setdefault((row.direction, row.factor, plain_text(row.product)), []).append(row)
    return found


def _duplicates(post: Post, rivals: Rivals | None) -> Iterator[Finding]:
    """Own live posts of the same thing. The same in every respect is refused; a like one is mentioned."""
    name = plain_text(post.product)
    if not name:
        return
    if rivals is None:
        # Narrowed by the first character, which may be written in two widths; the rest is compared here.
        rows = (
            Post.objects.open()
            .filter(enterprise_id=post.enterprise_id, direction=post.direction, factor=post.factor)
            .filter(Q(product__istartswith=post.product.strip()[:1]) | Q(product__istartswith=name[0]))
            .only(*_COMPARED)
            .order_by("-id")
        )
        named: Sequence[Post] = [row for row in rows if plain_text(row.product) == name]
    else:
        named = rivals.get((post.direction, post.factor, name), ())
    # Rows of one source that read alike are different things to that source: its keys tell them apart.
    alike = [row for row in named if row.pk != post.pk and not (post.external_id and row.source == post.source)]
    same = [rival for rival in alike if _is_same(rival, post)]
    if same:
        yield _finding(
            Level.ERROR,
            "duplicate",
            "product",
            _("您已发布过相同的内容（“%(title)s”，有效期至 %(until)s）。请修改或续期原来的一条。")
            % {"title": same[0].title, "until": same[0].expires_on},
            post_id=same[0].pk,
        )
    elif alike:
        yield _finding(
            Level.ADVICE,
            "similar",
            "product",
            _("您还有一条同名内容在线（“%(title)s”）。若是同一件事，请修改原来的一条。") % {"title": alike[0].title},
            post_id=alike[0].pk,
        )


_TELLS_APART: Final = ("quantity", "unit", "delivery_region_id", "deliver_by", "visibility")
_COMPARED: Final = (
    "enterprise_id",
    "direction",
    "factor",
    "product",
    "title",
    "text",
    "quantity",
    "unit",
    "delivery_region_id",
    "deliver_by",
    "visibility",
    "source",
    "expires_on",
)


def _is_same(one: Post, other: Post) -> bool:
    return all(getattr(one, field) == getattr(other, field) for field in _TELLS_APART) and plain_text(
        one.text
    ) == plain_text(other.text)
