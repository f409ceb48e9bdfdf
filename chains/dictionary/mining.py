"""What the texts of posts propose: other names, unknown things, things that are taken for each other.

Only proposals, each with its evidence; nothing counts before it is reviewed, and what was rejected is not proposed
again. Run as often as wanted: a proposal that is still waiting gets the evidence of today.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chains.dictionary import editions, freezing
from chains.dictionary.rights import require_operator
from chains.engine import Dictionary
from chains.engine.dictionary import surface_key
from chains.engine.normalising import is_han, normalise, tokens_of
from chains.matching import documents
from chains.models import Alias, Concept, ConceptLink, Interest, PostAnalysis, Recommendation
from enterprises.models import Post
from enterprises.sorting import pinyin_key
from foundation import audit, jobs
from foundation.models import Job, User
from regions.models import Region

KIND = "chains.mine_dictionary"
CHUNK = 1000
# How many firms must say so before a proposal is made.
FIRMS_FOR_ALIAS = 1
FIRMS_FOR_CONCEPT = 2
PAIRS_FOR_NEAR = 2
MOST_EXAMPLES = 5
MOST_CONCEPTS = 500
LONGEST = 30

_BRACKET = re.compile(r"([㐀-鿿]{2,16}|[a-z][a-z0-9 \-]{1,28})\(([^()\n]{2,30})\)")
_CALLED = re.compile(
    r"([㐀-鿿a-z0-9\-]{2,16})[,、\s]*\(?(?:又称为?|又叫做?|又名|也称为?|也叫做?|亦称|俗称|简称为?|别名|英文名为?|英文缩写为?|即)"
    r"[:“\"'\s]*([㐀-鿿]{2,12}|[a-z][a-z0-9 \-]{1,28})"
)
_LEAD = re.compile(r"^(?:俗称|又称|又名|简称|别名|也叫|亦称|英文名?|缩写|即)[:“\"'\s]*")
_NO_NAME = re.compile(
    r"[、,;/+&]|(?:级|版|型|认证|以内|合同)$|^[\d.\s%×x~\-+/]+|[:=<>≥≤~]|含量|规格|型号|可|以上|以下|左右|国标|定制|等$|^(?:含|无|非|不|已|未|按|见|约|每|单位|吨|元)"
)
_HAN_HEAD = re.compile(r"^[㐀-鿿]{2,8}$")
Progress = Callable[[int, int], None]


@dataclass
class Sighting:
    """How often, by how many firms, and a few posts where it is written."""

    pattern: str = ""
    count: int = 0
    firms: set[int] = field(default_factory=set)
    posts: list[int] = field(default_factory=list)

    def add(self, *, post: int, firm: int, pattern: str) -> None:
        self.pattern = self.pattern or pattern
        self.count += 1
        self.firms.add(firm)
        if len(self.posts) < MOST_EXAMPLES and post not in self.posts:
            self.posts.append(post)

    def evidence(self) -> dict[str, Any]:
        return {"pattern": self.pattern, "count": self.count, "firms": len(self.firms), "posts": self.posts}


@dataclass
class Found:
    """aliases: by (concept, form as written). heads: unknown heads. pairs: (wanted concept, offered concept)."""

    aliases: dict[tuple[str, str], Sighting] = field(default_factory=dict)
    heads: dict[str, Sighting] = field(default_factory=dict)
    pairs: dict[tuple[str, str], Sighting] = field(default_factory=dict)


def ask(*, by: User, reason: str) -> Job:
    """An operator wants the posts mined now. While a run is on its way, that one is returned."""
    require_operator(by, reason=reason)
    with transaction.atomic():
        job = jobs.enqueue(kind=KIND, key="all", owner=by)
        audit.record(action="dictionary.mining_asked", actor=by, target=job, reason=reason.strip())
    return job


def mine(*, progress: Progress) -> dict[str, int]:
    """Read all posts on the market and propose. Reads in chunks without a transaction; writes once, at the end."""
    dictionary = editions.current()
    found = Found()
    # Only what everybody may read: once accepted, a name is public.
    there = documents.matchable(Post.Direction.SUPPLY) | documents.matchable(Post.Direction.DEMAND)
    there = there.filter(visibility="public")
    rows = PostAnalysis.objects.filter(post__in=there).order_by("pk")
    done, total = 0, rows.count()
    fields = ("post_id", "post__enterprise_id", "post__product", "post__title", "post__text", "analysis__products")
    for post, firm, product, title, text, products in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        names = {
            (concept, form): pattern
            for concept, form, pattern in names_in("\n".join((product, title, text)), dictionary=dictionary)
        }
        for (concept, form), pattern in names.items():
            found.aliases.setdefault((concept, form), Sighting()).add(post=post, firm=firm, pattern=pattern)
        for head in set(_unknown_heads(products, dictionary=dictionary)):
            found.heads.setdefault(head, Sighting()).add(post=post, firm=firm, pattern="head")
        done += 1
        if done % CHUNK == 0:
            progress(done, total)
    progress(done, total)
    _accepted_together(found, dictionary=dictionary)
    return _propose(found, dictionary=dictionary)


# --- reading -----------------------------------------------------------------------------------------


def names_in(text: str, *, dictionary: Dictionary) -> Iterator[tuple[str, str, str]]:
    """(concept, another name for it, pattern) wherever a text calls a thing the dictionary knows by a name that it
    does not know: 聚四氟乙烯(PTFE), X，俗称 Y, X 即 Y."""
    plain = normalise(text)
    for match in _BRACKET.finditer(plain):
        inside = match.group(2).strip()
        word = _LEAD.match(inside)
        yield from _one_known(
            match.group(1), inside[word.end() :] if word else inside, "called" if word else "bracket", dictionary
        )
    for match in _CALLED.finditer(plain):
        yield from _one_known(match.group(1), match.group(2).strip(), "called", dictionary)


def _one_known(before: str, after: str, pattern: str, dictionary: Dictionary) -> Iterator[tuple[str, str, str]]:
    name, concept = _known_ending(before, dictionary)
    other = _concept_of(after, dictionary)
    if concept and not other and _may_be_a_name(after, dictionary):
        # 切割液(水基) says which one, 玻璃纤维(玻纤) what else it is called: that has a character of the name.
        shares = not is_han(after[0]) or bool(set(after) & set(before))
        if pattern == "called" or (shares and (name == before.strip() or not is_han(before[-1]))):
            yield concept, after, pattern
    elif other and not concept and _may_be_a_name(before.strip(), dictionary):
        yield other, before.strip(), pattern


def _known_ending(text: str, dictionary: Dictionary) -> tuple[str, str]:
    """The longest ending of a text that names a concept which says something, and that concept."""
    tokens = tokens_of(text)
    for start in range(len(tokens)):
        entry = dictionary.surfaces.get(" ".join(tokens[start:]))
        if entry is not None and entry.role == "concept" and not entry.is_light and entry.confidence >= 1:
            found = tokens[start:]
            return ("".join(found) if is_han(found[0]) else " ".join(found)), entry.name
    return "", ""


def _concept_of(text: str, dictionary: Dictionary) -> str:
    entry = dictionary.surfaces.get(surface_key(text))
    return entry.name if entry is not None and entry.role == "concept" and not entry.is_light else ""


def _may_be_a_name(text: str, dictionary: Dictionary) -> bool:
    tokens = tokens_of(text)
    if not tokens or len(text) > LONGEST or _NO_NAME.search(text) or surface_key(text) in dictionary.surfaces:
        return False
    if all(is_han(token) for token in tokens):
        # 高强 and 进口 say which one, they are no names.
        return 2 <= len(tokens) <= 12 and not any(
            (entry := dictionary.surfaces.get(" ".join(tokens[start:]))) is not None and entry.role != "concept"
            for start in range(len(tokens))
        )
    letters = sum(char.isascii() and char.isalpha() for char in text)
    return letters >= 2 and sum(char.isdigit() for char in text) <= letters // 2


def _unknown_heads(products: Iterable[dict[str, Any]], *, dictionary: Dictionary) -> Iterator[str]:
    for product in products:
        head = product["head"]
        if not product["head_concept"] and _HAN_HEAD.match(head) and surface_key(head) not in dictionary.surfaces:
            yield head


def _accepted_together(found: Found, *, dictionary: Dictionary) -> None:
    """Pairs of posts that people found useful or accepted although the dictionary sees nothing in common."""
    liked = Recommendation.objects.filter(feedback="useful").values_list("match__demand_id", "match__supply_id")
    accepted = Interest.objects.filter(state="accepted").values_list("match__demand_id", "match__supply_id")
    pairs = sorted({*liked, *accepted})
    ids = {pk for pair in pairs for pk in pair}
    known = {
        pk: (firm, products)
        for pk, firm, products in PostAnalysis.objects.filter(post__in=ids, post__visibility="public").values_list(
            "post_id", "post__enterprise_id", "analysis__products"
        )
    }
    for demand, supply in pairs:
        if demand not in known or supply not in known:
            continue
        wanted, offered = known[demand][1], known[supply][1]
        if not wanted or not offered or _related(wanted, offered, dictionary):
            continue
        a, b = wanted[0], offered[0]
        if a["head_concept"] and b["head_concept"]:
            key = (a["head_concept"], b["head_concept"])
            found.pairs.setdefault(key, Sighting()).add(post=demand, firm=known[supply][0], pattern="accepted")
        elif a["head_concept"] and _HAN_HEAD.match(b["head"]):
            found.aliases.setdefault((a["head_concept"], b["head"]), Sighting()).add(
                post=supply, firm=known[supply][0], pattern="accepted"
            )
        elif b["head_concept"] and _HAN_HEAD.match(a["head"]):
            found.aliases.setdefault((b["head_concept"], a["head"]), Sighting()).add(
                post=demand, firm=known[demand][0], pattern="accepted"
            )


def _related(wanted: list[dict[str, Any]], offered: list[dict[str, Any]], dictionary: Dictionary) -> bool:
    for a in wanted:
        for b in offered:
            one, two = a["head_concept"], b["head_concept"]
            if one == two and (one or a["head"] == b["head"]):
                return True
            if two in dictionary.ancestors(one) or one in dictionary.ancestors(two):
                return True
            if one in dictionary.concepts and two in dictionary.concepts[one].near:
                return True
    return False


# --- writing -----------------------------------------------------------------------------------------


def _propose(found: Found, *, dictionary: Dictionary) -> dict[str, int]:
    places = {name for pair in Region.objects.values_list("name", "short_name") for name in pair}
    with freezing.drafting():
        ids = dict(Concept.objects.filter(status="approved").values_list("name", "pk"))
        return {
            "aliases": _propose_aliases(found, ids),
            "concepts": _propose_concepts(found, ids, dictionary=dictionary, places=places),
            "links": _propose_links(found, ids),
        }


def _propose_aliases(found: Found, ids: dict[str, int]) -> int:
    taken = set(Concept.objects.filter(status="approved").values_list("surface", flat=True))
    taken |= set(Alias.objects.filter(status="approved").values_list("surface", flat=True))
    known = {
        (concept, surface): (pk, status)
        for concept, surface, pk, status in Alias.objects.values_list("concept_id", "surface", "pk", "status")
    }
    new: dict[tuple[int, str], Alias] = {}
    again: list[Alias] = []
    for (name, form), sighting in found.aliases.items():
        surface, concept = surface_key(form), ids.get(name)
        if concept is None or surface in taken or len(sighting.firms) < FIRMS_FOR_ALIAS:
            continue
        there = known.get((concept, surface))
        if there is None:
            latin_short = form.isascii() and len(surface) <= 3
            new.setdefault(
                (concept, surface),
                Alias(
                    concept_id=concept,
                    text=form,
                    surface=surface,
                    is_ambiguous=latin_short,
                    status="proposed",
                    source="mining",
                    evidence=sighting.evidence(),
                ),
            )
        elif there[1] == "proposed":
            again.append(Alias(pk=there[0], evidence=sighting.evidence()))
    Alias.objects.bulk_create(new.values(), batch_size=1000)
    Alias.objects.bulk_update(again, ["evidence"], batch_size=1000)
    return len(new)


def _propose_concepts(found: Found, ids: dict[str, int], *, dictionary: Dictionary, places: set[str]) -> int:
    """Unknown heads that several firms write, the most frequent first; under the concept that their ending names."""
    known = {row.surface: row for row in Concept.objects.all()}
    alias_forms = {surface_key(form) for _name, form in found.aliases}
    ranked = sorted(found.heads.items(), key=lambda item: (-len(item[1].firms), -item[1].count, item[0]))
    new: list[tuple[Concept, str]] = []
    again: list[Concept] = []
    for head, sighting in ranked[: MOST_CONCEPTS * 4]:
        surface = surface_key(head)
        if len(sighting.firms) < FIRMS_FOR_CONCEPT or head in places or surface in alias_forms:
            continue
        row = known.get(surface)
        if row is not None:
            if row.status == "proposed":
                row.evidence = sighting.evidence()
                again.append(row)
            continue
        parent = _parent_of(head, dictionary)
        kind = dictionary.concepts[parent].kind if parent else "unknown"
        new.append(
            (
                Concept(
                    name=head,
                    surface=surface,
                    pinyin=pinyin_key(head),
                    kind=kind,
                    status="proposed",
                    source="mining",
                    evidence=sighting.evidence(),
                ),
                parent,
            )
        )
        if len(new) == MOST_CONCEPTS:
            break
    Concept.objects.bulk_create([row for row, _parent in new], batch_size=500)
    Concept.objects.bulk_update(again, ["evidence"], batch_size=500)
    ConceptLink.objects.bulk_create(
        [
            ConceptLink(concept=row, other_id=ids[parent], kind="is_a", status="proposed", source="mining")
            for row, parent in new
            if parent in ids
        ],
        batch_size=1000,
    )
    return len(new)


def _parent_of(head: str, dictionary: Dictionary) -> str:
    """耐磨衬板 ends in 板: the longest ending that is a concept."""
    for start in range(1, len(head)):
        entry = dictionary.surfaces.get(surface_key(head[start:]))
        if entry is not None and entry.role == "concept":
            return entry.name
    return ""


def _propose_links(found: Found, ids: dict[str, int]) -> int:
    known = {
        (concept, other): (pk, status)
        for concept, other, pk, status in ConceptLink.objects.filter(kind="near").values_list(
            "concept_id", "other_id", "pk", "status"
        )
    }
    new: list[ConceptLink] = []
    again: list[ConceptLink] = []
    for (wanted, offered), sighting in found.pairs.items():
        if sighting.count < PAIRS_FOR_NEAR or wanted not in ids or offered not in ids:
            continue
        key = (ids[wanted], ids[offered])
        there = known.get(key)
        if there is None:
            new.append(
                ConceptLink(
                    concept_id=key[0],
                    other_id=key[1],
                    kind="near",
                    status="proposed",
                    source="mining",
                    evidence=sighting.evidence(),
                )
            )
        elif there[1] == "proposed":
            again.append(ConceptLink(pk=there[0], evidence=sighting.evidence()))
    ConceptLink.objects.bulk_create(new, batch_size=1000)
    ConceptLink.objects.bulk_update(again, ["evidence"], batch_size=1000)
    return len(new)


def last_run() -> Job | None:
    return Job.objects.filter(kind=KIND).order_by("-pk").first()


def pattern_label(pattern: str) -> str:
    """What a kind of evidence is called on a page."""
    return {
        "bracket": _("括号中的写法"),
        "called": _("“又称、简称、即”等写法"),
        "head": _("词典里没有的品名"),
        "accepted": _("双方认可的匹配"),
    }.get(pattern, "")
