"""3 match, first step: understand a post once and remember that it changed."""

import threading
from collections.abc import Collection, Iterable

from django.db import connection, transaction
from django.db.models import QuerySet

from chains import dictionary as dictionaries
from chains.engine import Analysis, Dictionary, analyse
from chains.matching.documents import matchable
from chains.matching.terms import terms_of_demand, terms_of_supply
from chains.models import PostAnalysis
from enterprises.models import Post
from regions.models import Region

BATCH = 200


class StaleError(Exception):
    """Analyses of an older edition of the dictionary are still to be made anew (`keep_stale`); until then nothing may
    be concluded from what a search does not find."""


# The editions (number, version) for which this process has seen that no older analysis is left. It stays true while
# the edition is in force: `keep` holds it while it writes.
_ready: set[tuple[int, str]] = set()
_lock = threading.Lock()


def keep(*, post_ids: Collection[int]) -> None:
    """Analyse these posts as they stand now and mark them as changed, for every reader of the index.

    Also for posts that left the market: the mark is how the index learns of it. Each batch is a transaction of its
    own; the posts are locked in it (no key update), so that the newest text is written last, and the edition of the
    dictionary is held, so that no analysis is ever written by an older one. Do not call it inside a transaction that
    also searches: others must be able to see the mark before they are searched for.
    """
    ids = sorted(set(post_ids))
    places = place_names()
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            dictionaries.hold()
            posts = (
                Post.objects.select_for_update(of=("self",), no_key=True)
                .filter(pk__in=ids[start : start + BATCH])
                .order_by("pk")
            )
            _write(list(posts), places=places)


def keep_stale(*, only_known: bool, after: int, limit: int = BATCH) -> tuple[int, int | None]:
    """Analyse some of the posts that `stale` would name, beyond this id; several processes share the work, since each
    passes over what another has in hand. (how many, the last one's id; None: there is none beyond).
    """
    places = place_names()
    with transaction.atomic():
        dictionaries.hold()
        rows = _stale(only_known=only_known).filter(pk__gt=after).order_by("pk")
        posts = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])
        _write(posts, places=places)
    return len(posts), posts[-1].pk if posts else None


def _write(posts: Collection[Post], *, places: Collection[str]) -> None:
    """Inside the transaction that holds the edition and locks the posts."""
    if not posts:
        return
    dictionary = dictionaries.current()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint, clock_timestamp()")
        xid, now = cursor.fetchone()
    rows = []
    for post in posts:
        analysis = analyse_post(post, dictionary=dictionary, places=places)
        find = terms_of_demand if post.is_demand else terms_of_supply
        rows.append(
            PostAnalysis(
                post=post,
                version=post.version,
                dictionary_version=dictionary.version,
                analysis=analysis.to_dict(),
                terms=sorted(find(analysis, dictionary=dictionary)),
                changed_xid=xid,
                changed_at=now,
            )
        )
    PostAnalysis.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["post"],
        update_fields=["version", "dictionary_version", "analysis", "terms", "changed_xid", "changed_at"],
    )


def is_ready() -> bool:
    """Every post that was understood is understood by the edition in force. Asked once per process and edition."""
    edition = dictionaries.edition()
    key = (edition.number, edition.dictionary.version)
    with _lock:
        if key in _ready:
            return True
    if stale(only_known=True, limit=1):
        return False
    with _lock:
        _ready.clear()
        _ready.add(key)
    return True


def forget() -> None:
    """Ask anew."""
    with _lock:
        _ready.clear()


def edition() -> str:
    """The version of the dictionary that analyses must be of to be searched."""
    return dictionaries.current().version


def stale(*, only_known: bool, limit: int) -> list[int]:
    """Some posts on the market whose analysis is of another edition; without `only_known` also those without one."""
    return list(_stale(only_known=only_known).order_by("pk").values_list("pk", flat=True)[:limit])


def count_stale(*, only_known: bool) -> int:
    return _stale(only_known=only_known).count()


def _stale(*, only_known: bool) -> QuerySet[Post]:
    there = matchable(Post.Direction.SUPPLY) | matchable(Post.Direction.DEMAND)
    if only_known:
        there = there.filter(analysis__isnull=False)
    return there.exclude(analysis__dictionary_version=edition())


def analyse_post(post: Post, *, dictionary: Dictionary, places: Collection[str]) -> Analysis:
    return understand(
        post_text(product=post.product, title=post.title, text=post.text),
        dictionary=dictionary,
        industry=post.industry_id or "",
        factor=post.factor,
        places=places,
        mend=post.is_demand,
    )


def understand(
    text: str,
    *,
    dictionary: Dictionary,
    industry: str,
    factor: str,
    places: Collection[str] | None = None,
    mend: bool = True,
) -> Analysis:
    """Analyse a text whose first line names the product; of the places (all, if none are given) those it mentions.

    mend: whether slips of the pen are read as what was meant; true for whatever somebody asks for.
    """
    known = place_names() if places is None else places
    return analyse(
        text,
        dictionary=dictionary,
        industry=industry or None,
        factor=factor or None,
        # The engine compares each with great care; few are in the text at all.
        places=[place for place in known if place in text],
        mend=mend,
    )


def post_text(*, product: str, title: str, text: str) -> str:
    """The product's name is the first line; title and text only add to it."""
    lines = [" ".join(product.split())]
    if title.strip() and title.strip() != product.strip():
        lines.append(" ".join(title.split()))
    lines.append(text.strip())
    return "\n".join(line for line in lines if line)


def place_names() -> list[str]:
    """Names that a post may carry without meaning a product; short ones of provinces only (白银 is also a metal)."""
    names: list[str] = []
    rows: Iterable[tuple[str, str, str]] = Region.objects.exclude(level=Region.Level.COUNTY).values_list(
        "name", "short_name", "level"
    )
    for name, short_name, level in rows:
        names.append(name)
        if level == Region.Level.PROVINCE:
            names.append(short_name)
    return sorted(set(names), key=lambda name: (-len(name), name))
