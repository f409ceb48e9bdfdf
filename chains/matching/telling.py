"""3 match: tell both firms of new strong matches, at most once a day for each version of a post."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from chains.models import Match
from enterprises.models import Enterprise, Member, Post
from enterprises.models.posts import Visibility
from foundation import notices
from foundation.models import Notice, User

FOUND = gettext_noop("为“%(title)s”找到 %(count)s 家新的匹配企业")
ASKED = gettext_noop("有新的需求与您的“%(title)s”匹配")


def tell_of_matches(new: Sequence[Match]) -> None:
    """For unsaved rows of pairs that were never matched before, in the transaction that saves them.

    The supplier hears only of demands that it may see. Mail follows from the notice by each person's setting.
    """
    strong = [match for match in new if match.is_strong]
    if not strong:
        return
    posts = Post.objects.in_bulk({match.demand_id for match in strong} | {match.supply_id for match in strong})
    people = _people({post.enterprise_id for post in posts.values()})
    if not people:
        return
    day = timezone.localdate()
    rows: list[Notice] = []

    def tell(post: Post, *, kind: str, text: str, values: dict[str, object]) -> None:
        rows.extend(
            Notice(
                user=user,
                kind=kind,
                text=text,
                values={"title": post.title, **values},
                url=reverse("chains:post-matches", args=[post.pk]),
                key=f"{kind}:{post.pk}:{post.version}:{day}",
            )
            for user in people.get(post.enterprise_id, ())
        )

    for pk, count in Counter(match.demand_id for match in strong).items():
        tell(posts[pk], kind="match.found", text=FOUND, values={"count": count})
    for pk in _seen_by_supplier(strong, posts=posts):
        tell(posts[pk], kind="match.asked", text=ASKED, values={})
    notices.save(rows)


def _seen_by_supplier(matches: Sequence[Match], *, posts: dict[int, Post]) -> list[int]:
    """Supplies of these matches whose firm may see the demand."""
    demands = {match.demand_id for match in matches}
    invited: dict[int, set[int]] = defaultdict(set)
    for demand, firm in Post.invited_firms.through._default_manager.filter(post_id__in=demands).values_list(
        "post_id", "enterprise_id"
    ):
        invited[demand].add(firm)
    found = {
        match.supply_id
        for match in matches
        if posts[match.demand_id].visibility != Visibility.INVITED
        or posts[match.supply_id].enterprise_id in invited[match.demand_id]
    }
    return sorted(found)


def _people(firms: Collection[int]) -> dict[int, list[User]]:
    """Those who can act on a match, by firm: owners and editors."""
    found: dict[int, list[User]] = defaultdict(list)
    members = (
        Member.objects.active()
        .filter(
            Q(role=Member.Role.OWNER) | Q(role=Member.Role.EDITOR),
            enterprise_id__in=firms,
            enterprise__status__in=Enterprise.PUBLIC_STATES,
            user__is_active=True,
        )
        .select_related("user")
    )
    for member in members:
        found[member.enterprise_id].append(member.user)
    return found
