"""The draft becomes an edition, and everything that was understood by the old one is read anew."""

from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext as _

from chains.dictionary import comparing, editions, freezing
from chains.dictionary.comparing import Change
from chains.dictionary.freezing import Frozen
from chains.dictionary.rights import require_operator
from chains.engine import Dictionary, DictionaryError
from chains.models import DictionaryEdition, PostAnalysis
from foundation import audit, jobs
from foundation.errors import RefusedError
from foundation.models import Job, User

REMATCH = "chains.rematch"


@dataclass(frozen=True)
class Progress:
    """How much of the market was read by the edition in force."""

    done: int
    total: int

    @property
    def is_ready(self) -> bool:
        return self.done >= self.total


def published() -> Frozen:
    """The content in force."""
    newest = DictionaryEdition.objects.order_by("-number").first()
    return freezing.frozen_of(Dictionary.load()) if newest is None else content_of(newest)


def content_of(edition: DictionaryEdition) -> Frozen:
    return freezing.frozen_from(bytes(edition.content))


# What was last found, and for which rows: comparing all of it takes seconds, and every page of the dictionary asks.
_compared: tuple[tuple[object, ...], list[Change]] | None = None


def unpublished() -> list[Change]:
    """What the draft says differently from the edition in force. Compared again only when a row has changed."""
    global _compared
    now = (DictionaryEdition.objects.aggregate(newest=Max("number"))["newest"], *freezing.stamp())
    known = _compared
    if known is None or known[0] != now:
        draft = freezing.draft()
        known = _compared = (now, comparing.changes(published(), draft) if draft.concepts else [])
    return list(known[1])


def changes_of(edition: DictionaryEdition) -> list[Change]:
    """What this edition said differently from the one before."""
    before = DictionaryEdition.objects.filter(number__lt=edition.number).order_by("-number").first()
    return comparing.changes(content_of(before), content_of(edition)) if before is not None else []


def publish(*, by: User, reason: str) -> DictionaryEdition:
    """Put the draft in force. Waits for batches that are being written; takes the writers' lock.

    Refuses with not_allowed, reason_missing, does_not_compile, nothing_changed.
    """
    require_operator(by, reason=reason)
    with freezing.drafting():
        return issue(by=by, reason=reason.strip())


def issue(*, by: User | None, reason: str) -> DictionaryEdition:
    """The same inside a writer's transaction, also for the platform itself (by=None)."""
    draft = freezing.draft()
    try:
        dictionary = draft.dictionary
    except DictionaryError as problem:
        raise RefusedError(_("词典无法编译：%(problem)s") % {"problem": problem}, code="does_not_compile") from problem
    before = published()
    found = comparing.changes(before, draft)
    number = DictionaryEdition.objects.aggregate(top=Max("number"))["top"] or 0
    if number and not found:
        raise RefusedError(_("没有尚未发布的变动。"), code="nothing_changed")
    editions.replace()
    edition = DictionaryEdition.objects.create(
        number=number + 1,
        version=dictionary.version,
        content=draft.to_bytes(),
        concept_count=len(dictionary.concepts),
        alias_count=dictionary.alias_count,
        change_count=len(found) if number else 0,
        published_by=by,
        note=reason,
    )
    audit.record(
        action="dictionary.published",
        actor=by,
        target=edition,
        reason=reason,
        changes={"version": [before.dictionary.version, dictionary.version], "changes": [None, len(found)]},
    )
    if PostAnalysis.objects.exists():
        jobs.enqueue(kind=REMATCH, key="all", owner=by)
    return edition


def progress() -> Progress:
    """Of the posts that were understood, how many by the edition in force."""
    total = PostAnalysis.objects.count()
    return Progress(PostAnalysis.objects.filter(dictionary_version=editions.current().version).count(), total)


def running() -> Job | None:
    """The re-analysis and re-match on its way, if any."""
    return Job.objects.live().filter(kind=REMATCH).order_by("pk").first()
