"""Find firms, posts, chains and regions by what people type: words, parts of words, pinyin, a place among them.

Everything starts at `visible_to(user)`: what may not be seen cannot be found, nor counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any, Final

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length, Replace

from chains.dictionary.searching import other_names
from chains.models import Chain
from enterprises.models import Enterprise, Post
from regions.models import Region

GROUP_LIMIT: Final = 6
MAX_TERMS: Final = 5
MAX_LENGTH: Final = 100
LIKENESS: Final = 0.45
_LATIN = re.compile(r"[a-z0-9' -]+")
_LIST_LIMIT: Final = 1000
# `hit_order` of what is found by another name of the product only.
BY_OTHER_NAME: Final = 4


@dataclass(frozen=True)
class Hits:
    """One group of results: the rows shown, and how many there are (no more than 1,000 are counted)."""

    rows: Sequence[Any] = ()
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.rows)

    @property
    def is_capped(self) -> bool:
        return self.count >= _LIST_LIMIT


@dataclass(frozen=True)
class Found:
    text: str
    firms: Hits = field(default_factory=Hits)
    posts: Hits = field(default_factory=Hits)
    chains: Hits = field(default_factory=Hits)
    regions: Hits = field(default_factory=Hits)
    place: Region | None = None
    is_similar: bool = False
    # Names under which posts were looked for besides what was typed.
    other_names: Sequence[str] = ()
    # What was looked for besides the place; as posts call it.
    words: str = ""
    posted_as: str = ""

    @property
    def count(self) -> int:
        return self.firms.count + self.posts.count + self.chains.count + self.regions.count


def find(*, text: str, user: Any, limit: int = GROUP_LIMIT) -> Found:
    """Results of each kind, best first. A term that names a region (成都 电池) narrows firms and posts to it.

    Posts are looked for by the product's other names too (CMM finds 三坐标测量机). Where no firm and no post is found,
    firms with a similar name are offered instead (`is_similar`).
    """
    text = tidy(text)
    terms = text.split()[:MAX_TERMS]
    if not terms:
        return Found(text=text)
    place, rest = _take_place(terms)
    firms = Enterprise.objects.visible_to(user).listed().select_related("region__parent__parent", "industry")
    posts = Post.objects.visible_to(user).open().select_related("enterprise__region__parent__parent")
    if place is not None:
        firms, posts = firms.within(place), posts.within(place)
    firm_hits = _hits(_matching(firms, rest, ("name", "short_name", "name_en"), "name"), limit)
    names = other_names(" ".join(rest)) if rest else []
    post_hits = _hits(_matching(posts, rest, ("title", "product"), "product", names=names, is_product=True), limit)
    words = " ".join(rest)
    by_other_name = bool(post_hits.rows) and post_hits.rows[0].hit_order == BY_OTHER_NAME
    similar = False
    if not firm_hits.count and not post_hits.count and rest:
        firm_hits = _similar_firms(firms, " ".join(rest), limit)
        similar = firm_hits.count > 0
    return Found(
        text=text,
        firms=firm_hits,
        posts=post_hits,
        chains=_hits(_matching(Chain.objects.all(), terms, ("name", "name_en"), "name", pinyin=""), limit),
        regions=_hits(
            _matching(
                Region.objects.current().select_related("parent"),
                terms,
                ("name", "short_name", "name_en"),
                "short_name",
            ).order_by("hit_order", "code"),
            limit,
        ),
        place=place,
        is_similar=similar,
        other_names=names if post_hits.count else (),
        words=words,
        posted_as=names[0] if by_other_name else words,
    )


def tidy(text: str) -> str:
    """Full-width letters and blanks become plain ones; at most 100 characters."""
    return " ".join(unicodedata.normalize("NFKC", text).split())[:MAX_LENGTH]


def _take_place(terms: Sequence[str]) -> tuple[Region | None, list[str]]:
    """The first of several terms that is a region's name, and the other terms."""
    if len(terms) < 2:
        return None, list(terms)
    named = {}
    for region in Region.objects.current().filter(Q(name__in=terms) | Q(short_name__in=terms)).order_by("-code"):
        named[region.name] = named[region.short_name] = region
    for index, term in enumerate(terms):
        if term in named:
            return named[term], [*terms[:index], *terms[index + 1 :]]
    return None, list(terms)


def _matching(
    rows: QuerySet[Any],
    terms: Sequence[str],
    columns: Sequence[str],
    main: str,
    *,
    pinyin: str = "pinyin",
    names: Sequence[str] = (),
    is_product: bool = False,
) -> QuerySet[Any]:
    """Rows in which every term occurs, in order: the whole name, (of a product) its end, its beginning, anywhere, by
    pinyin; of products the shorter name first. `names`: other names of the same thing, each enough by itself."""
    if not terms:
        everything: QuerySet[Any] = rows.annotate(hit_order=Value(0, output_field=IntegerField()))
        return everything.order_by("pk")
    by_word = reduce(and_, (_contains(term, columns) for term in terms))
    whole = " ".join(terms)
    order = [When(**{f"{main}__iexact": whole}, then=0)]
    if is_product:
        # 中文 names end with the thing: 磷酸铁锂电池 is a 锂电池, 锂电池运输 is none.
        order.append(When(**{f"{main}__iendswith": whole}, then=1))
    order.append(When(**{f"{main}__istartswith": terms[0]}, then=2 if is_product else 1))
    letters = re.sub(r"[^a-z0-9]", "", whole.lower())
    if pinyin and len(letters) >= 2 and _LATIN.fullmatch(whole.lower()):
        # Keys keep their syllables apart; people seldom type the blanks.
        rows = rows.annotate(spelt=Replace(F(pinyin), Value(" "), Value("")))
        by_word |= Q(spelt__contains=letters)
        order.append(When(spelt__startswith=letters, then=2))
    found = by_word
    for name in names:
        found |= Q(**{f"{main}__contains": name})
    if names:
        order.append(When(by_word, then=3))
    ranked: QuerySet[Any] = rows.filter(found).annotate(
        hit_order=Case(*order, default=Value(BY_OTHER_NAME if names else 3), output_field=IntegerField())
    )
    return ranked.order_by("hit_order", *([Length(main)] if is_product else []), *([pinyin] if pinyin else []), "pk")


def _contains(term: str, columns: Sequence[str]) -> Q:
    """The term in one of the columns. Only Latin letters have a case; without it the trigram index serves."""
    lookup = "icontains" if term.upper() != term.lower() else "contains"
    return reduce(or_, (Q(**{f"{column}__{lookup}": term}) for column in columns))


def _similar_firms(firms: QuerySet[Enterprise], text: str, limit: int) -> Hits:
    near = (
        firms.annotate(likeness=TrigramWordSimilarity(text, "name"))
        .filter(likeness__gte=LIKENESS)
        .order_by("-likeness", "pinyin", "pk")
    )
    return _hits(near, limit)


def _hits(rows: QuerySet[Any], limit: int) -> Hits:
    found = list(rows[:limit])
    if len(found) < limit:
        return Hits(found, len(found))
    return Hits(found, rows.order_by()[:_LIST_LIMIT].count())
