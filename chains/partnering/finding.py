"""Who stands upstream or downstream: an engine call per node within reach, a row per firm, the path as the reason."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chains import dictionary as dictionaries
from chains import recommending, standing
from chains.engine import Analysis, Candidate, Document, Index, Query, demands_answered_by
from chains.matching import documents, previewing
from chains.matching.terms import terms_of_supply
from chains.models import Node, NodeMembership, PostAnalysis
from chains.partnering.naming import mentioned, named, names_of, speaks_of
from chains.partnering.paths import Path, paths
from chains.partnering.starts import Start
from chains.partnering.weighing import weigh
from enterprises.models import Enterprise, Post
from foundation.errors import RefusedError
from foundation.models import User
from regions.models import Region

# Suppliers looked at for each node, nodes at all, and firms in a list.
PER_NODE: Final = 100
MOST_NODES: Final = 60
MOST_FIRMS: Final = 200
# The newest demands that are looked at for what the start makes.
MOST_DEMANDS: Final = 120

Person: TypeAlias = "User | AnonymousUser"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the list is narrowed to. `links` is the longest path; `regions` are codes: a filter, never points."""

    upstream: bool
    links: int = 2
    regions: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Partner:
    """One firm. `supply` (id of a post) is why it stands at the path's target; `demand` an open demand between the
    two: what a buyer asks for that the start makes, or what the start asks for that a supplier has. At least one of
    them is there. `named`: the product that one side's text names of the other."""

    firm_id: int
    path: Path
    supply: int | None
    demand: int | None
    # Hundredths of a point; they add up to `points`.
    parts: dict[str, int]
    named: str
    published_at: datetime
    also: tuple[Node, ...] = ()

    @property
    def points(self) -> int:
        return sum(self.parts.values())

    @property
    def score(self) -> float:
        return self.points / 100


@dataclass(frozen=True)
class Found:
    """Partners in order, and how many nodes lie within reach: with none there is no approved link to follow."""

    partners: list[Partner] = field(default_factory=list)
    nodes: int = 0


@dataclass(frozen=True)
class _Seen:
    """A post that the person may see at this moment."""

    firm_id: int
    text: str
    published_at: datetime


@dictionaries.pinned()
def find(*, start: Start, wish: Wish, user: Person, firm: Enterprise | None, plain: bool = False) -> Found:
    """Partners of the start as this person may see them; `firm` is the firm they act for (left out itself, as are
    those blocked either way). At most MOST_FIRMS, best first, or (`plain`) these by date of their posts.

    Refuses with index_not_ready while the texts are read anew after a change of the dictionary.
    """
    index = previewing.ready_index()
    offers = [document for place in start.positions for document in place.documents]
    if any(document.analysis.dictionary_version != index.dictionary.version for document in offers):
        # A new edition was published since the start was looked up.
        raise RefusedError(_("匹配索引正在更新，请稍候一两分钟再试。"), code="index_not_ready")
    reach = paths([place.node.pk for place in start.positions], upstream=wish.upstream, most_links=wish.links)
    nearest = sorted(reach, key=lambda node: (len(reach[node][0].links), node))[:MOST_NODES]
    if not nearest:
        return Found()
    search = _Search(start=start, wish=wish, user=user, firm=firm, index=index)
    rows = search.makers({node: reach[node] for node in nearest})
    ranked = sorted(rows, key=_order)
    best = ranked[:MOST_FIRMS]
    if plain:
        best.sort(key=lambda row: (row.published_at, row.supply or row.demand or 0), reverse=True)
    return Found(best, nodes=len(nearest))


class _Search:
    """One question, with what its parts share."""

    def __init__(self, *, start: Start, wish: Wish, user: Person, firm: Enterprise | None, index: Index) -> None:
        self.start, self.wish, self.user, self.index = start, wish, user, index
        self.firm = firm
        self._names: dict[int, frozenset[str]] = {}
        self.today: date = timezone.localdate()
        self.places = {place.node.pk: place for place in start.positions}
        self.left_out = {pk for pk in (start.firm_id, firm.pk if firm is not None else None) if pk is not None}
        self.blocked = set(firm.blocked.values_list("pk", flat=True)) if firm is not None else set()

    # --- who --------------------------------------------------------------------------------------

    def makers(self, reach: dict[int, list[Path]]) -> list[Partner]:
        asks = self.answered() if self.wish.upstream else self.asks()
        candidates = {node: self.candidates(ways[0].target, asks) for node, ways in reach.items()}
        members = {} if self.wish.upstream else self.members(reach, asks)
        ids = {candidate.id for found in candidates.values() for candidate in found} | set(members.values())
        supplies = self.visible(Post.objects.supplies().filter(pk__in=ids))
        rows: dict[int, list[Partner]] = defaultdict(list)
        for node, found in candidates.items():
            for candidate in found:
                post = supplies.get(candidate.id)
                if post is not None:
                    ask = asks.get(post.firm_id)
                    if ask is not None and ask.supply not in (None, candidate.id):
                        ask = None  # answered with what stands at another node
                    rows[post.firm_id].append(self.maker(candidate, post, ways=reach[node], ask=ask))
        for (firm_id, node), supply in members.items():
            post = supplies.get(supply)
            if post is not None and post.firm_id == firm_id and firm_id not in rows:
                rows[firm_id].append(self.asker(asks[firm_id], ways=reach[node], supply=(supply, post)))
        for firm_id, ask in asks.items():
            if firm_id not in rows and not self.wish.upstream:
                rows[firm_id].extend(self.by_wording(ask, reach))
        return [_best(of_firm) for of_firm in rows.values() if of_firm]

    def candidates(self, node: Node, asks: "dict[int, _Ask]") -> list[Candidate]:
        """Supplies at a node, one per firm: the one that answers a demand of ours, where that stands here too."""
        query = replace(
            standing.query_at(node.terms),
            own_firm=self.firm.pk if self.firm is not None else None,
            own_firm_is_verified=self.firm is not None and self.firm.is_public,
            blocked_firms=frozenset(self.blocked | self.left_out),
            include_regions=frozenset(documents.prefix_of(code) for code in self.wish.regions),
            today=self.today.toordinal(),
        )
        found = standing.stand_at(query, index=self.index, k=PER_NODE)
        return [self.answering(candidate, asks.get(candidate.firm_id), query) for candidate in found]

    def answering(self, candidate: Candidate, ask: "_Ask | None", query: Query) -> Candidate:
        if ask is None or ask.supply in (None, candidate.id):
            return candidate
        document = self.index.document(ask.supply)
        answers = (
            demands_answered_by(document, [query], dictionary=self.index.dictionary) if document is not None else []
        )
        return next((other for _query, other in answers if other.score >= standing.LEAST), candidate)

    def members(self, reach: Collection[int], asks: dict[int, "_Ask"]) -> dict[tuple[int, int], int]:
        """(firm, node) → the post by which a firm that asks was last found to stand within reach."""
        if not asks:
            return {}
        rows = NodeMembership.objects.filter(
            node__in=list(reach), enterprise__in=list(asks), evidence_post__isnull=False
        ).values_list("enterprise_id", "node_id", "evidence_post_id")
        return {(firm, node): post for firm, node, post in rows if post is not None}

    def visible(self, posts: "QuerySet[Post]") -> dict[int, _Seen]:
        """Those of the posts on the market that the person may see at this moment, whatever the index says."""
        rows = self.narrowed(posts).values_list("pk", "enterprise_id", "product", "title", "text", "published_at")
        return {
            pk: _Seen(firm_id, "\n".join((product, title, text)), published_at or timezone.now())
            for pk, firm_id, product, title, text, published_at in rows
        }

    def narrowed(self, posts: "QuerySet[Post]") -> "QuerySet[Post]":
        """Open posts of listed firms that this person may see and this firm may meet."""
        allowed = Post.objects.visible_to(self.user).open().filter(enterprise__status__in=Enterprise.PUBLIC_STATES)
        rows = posts.filter(pk__in=allowed.values("pk")).exclude(enterprise_id__in=self.left_out | self.blocked)
        if self.firm is not None:
            through: Any = Enterprise.blocked.through._default_manager
            rows = rows.exclude(enterprise_id__in=through.filter(to_enterprise=self.firm).values("from_enterprise_id"))
        if self.wish.regions:
            inside = Q()
            for code in self.wish.regions:
                inside |= Q(enterprise__region__code__startswith=documents.prefix_of(code))
            rows = rows.filter(inside)
        return rows

    # --- demands for what the start makes ---------------------------------------------------------

    def asks(self) -> dict[int, "_Ask"]:
        """The best open demand of each firm that the start's products answer strongly, by the text alone: whether
        certificates, quantity and date fit is for the two to settle."""
        offers = {offer.id: _bare(offer) for place in self.start.positions for offer in place.documents}
        dictionary = dictionaries.current()
        terms = {term for offer in offers.values() for term in terms_of_supply(offer.analysis, dictionary=dictionary)}
        of_today = PostAnalysis.objects.filter(terms__overlap=sorted(terms), dictionary_version=dictionary.version)
        posts = self.narrowed(Post.objects.demands().filter(analysis__in=of_today))
        newest = list(posts.order_by("-published_at", "-pk").values_list("pk", flat=True)[:MOST_DEMANDS])
        if not newest:
            return {}
        seen = self.visible(Post.objects.filter(pk__in=newest))
        # All of one firm, so that the best offer for each demand is the only answer.
        index = Index.build(offers.values(), dictionary=dictionary)
        found: dict[int, _Ask] = {}
        rows = of_today.filter(post__in=seen).order_by("post_id").values_list("post_id", "analysis", "post__factor")
        for pk, analysis, factor in rows:
            query = Query(analysis=Analysis.from_dict(analysis), factor=factor, strong_only=True)
            for best in index.search(query, k=1):
                ask = _Ask(pk, best.score, seen[pk], mentions=mentioned(query.analysis))
                known = found.get(ask.post.firm_id)
                if known is None or (-ask.fit, ask.id) < (-known.fit, known.id):
                    found[ask.post.firm_id] = ask
        return found

    def answered(self) -> dict[int, "_Ask"]:
        """Which of the firm's own open demands a supplier answers strongly, by the supplier."""
        if self.firm is None or self.firm.pk != self.start.firm_id or not isinstance(self.user, User):
            return {}
        rows = (
            recommending.partners(firm=self.firm, user=self.user)
            .filter(demand__enterprise=self.firm, is_strong=True)
            .order_by("score", "-demand_id")
            .values_list("supply__enterprise_id", "demand_id", "score", "supply_id", "supply__published_at")
        )
        return {
            firm: _Ask(demand, score, _Seen(firm, "", moment), supply=supply)
            for firm, demand, score, supply, moment in rows
        }

    def by_wording(self, ask: "_Ask", reach: dict[int, list[Path]]) -> Iterable[Partner]:
        """A firm of which nothing is known but its demand stands where its demand says what it is for."""
        own = {document.analysis for place in self.places.values() for document in place.documents}
        heads = {product.head_concept for analysis in own for product in analysis.products}
        for ways in reach.values():
            if speaks_of(ask.mentions - heads, standing.analysis_of(ways[0].target.terms).products):
                yield self.asker(ask, ways=ways, supply=None)

    # --- points -----------------------------------------------------------------------------------

    def maker(self, candidate: Candidate, post: _Seen, *, ways: Sequence[Path], ask: "_Ask | None") -> Partner:
        best: Partner | None = None
        for path in ways:
            name = self.name_between(candidate, post, path)
            row = Partner(
                firm_id=post.firm_id,
                path=path,
                supply=candidate.id,
                demand=ask.id if ask is not None else None,
                parts=self.weighed(candidate.score, path, is_named=bool(name) or ask is not None),
                named=name,
                published_at=max(post.published_at, ask.post.published_at) if ask is not None else post.published_at,
            )
            if best is None or row.points > best.points:
                best = row
        assert best is not None
        return best

    def asker(self, ask: "_Ask", *, ways: Sequence[Path], supply: tuple[int, _Seen] | None) -> Partner:
        path = ways[0]
        moments = [ask.post.published_at, *([supply[1].published_at] if supply is not None else [])]
        return Partner(
            firm_id=ask.post.firm_id,
            path=path,
            supply=supply[0] if supply is not None else None,
            demand=ask.id,
            parts=self.weighed(ask.fit, path, is_named=True),
            named="",
            published_at=max(moments),
        )

    def weighed(self, fit: float, path: Path, *, is_named: bool) -> dict[str, int]:
        return weigh(fit=fit, is_named=is_named, links=len(path.links), oldest=path.oldest, today=self.today)

    def name_between(self, candidate: Candidate, post: _Seen, path: Path) -> str:
        """What one of two direct trading partners says of the other's product: next to the start that is the start's
        own product, further out what the node before is known by."""
        if len(path.links) == 1:
            near = self.places[path.start.pk]
            names, text = near.names, near.text
        else:
            names, text = _names_at(tuple(path.before.terms)), "\n".join(path.before.terms)
        theirs = self.names_of_supply(candidate.id)
        return named(names, post.text, but=theirs) or named(theirs, text, but=names)

    def names_of_supply(self, post_id: int) -> frozenset[str]:
        if post_id not in self._names:
            document = self.index.document(post_id)
            self._names[post_id] = names_of(document.analysis.products) if document is not None else frozenset()
        return self._names[post_id]


@dataclass(frozen=True)
class _Ask:
    """A demand that one side's products answer; `post` is the partner's side. fit: 0…100. Upstream, `supply` is the
    partner's post that answers; downstream, `mentions` are the concepts that say what the demand is for."""

    id: int
    fit: float
    post: _Seen
    supply: int | None = None
    mentions: frozenset[str] = frozenset()


def _bare(offer: Document) -> Document:
    """An offer of the start's own: who may see it and whom its firm blocks was looked at before."""
    return replace(offer, firm_id=0, visibility="public", blocked_firms=frozenset())


def _names_at(terms: tuple[str, ...]) -> frozenset[str]:
    return _names_of_terms(terms, dictionaries.current().version)


@lru_cache(maxsize=2048)
def _names_of_terms(terms: tuple[str, ...], edition: str) -> frozenset[str]:
    analysis: Analysis = standing.analysis_of(terms)
    return names_of(analysis.products)


def _order(row: Partner) -> tuple[int, int, bool, int, int]:
    """Best first; of equal points the shorter path, then whoever is asking, then by number."""
    return -row.points, len(row.path.links), row.demand is None, row.supply or row.demand or 0, row.path.target.pk


def _best(rows: Sequence[Partner]) -> Partner:
    """The row that the firm is shown by, and where else within reach it stands."""
    ordered = sorted(rows, key=_order)
    first = ordered[0]
    others = {row.path.target.pk: row.path.target for row in ordered[1:] if row.path.target.pk != first.path.target.pk}
    return replace(first, also=tuple(others.values()))


def provinces_of(partners: Iterable[Partner]) -> "QuerySet[Region]":
    """Provinces in which these partners are, for the list to choose from."""
    firms = {partner.firm_id for partner in partners}
    codes = set(Enterprise.objects.filter(pk__in=firms).values_list("region_id", flat=True))
    return Region.objects.filter(pk__in={f"{code[:2]}0000" for code in codes if code})
