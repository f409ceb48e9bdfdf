"""Proposals, mined or imported: nothing counts before an operator has accepted it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chains.dictionary import freezing, records, states
from chains.dictionary.rights import require_operator
from chains.engine import Concept as Entry
from chains.models import Alias, Concept, ConceptLink
from foundation.errors import RefusedError
from foundation.models import User

Proposal = Alias | Concept | ConceptLink


@dataclass
class Reviewed:
    """How many were decided, and for the others why not."""

    done: int = 0
    problems: list[str] = field(default_factory=list)


def aliases() -> QuerySet[Alias]:
    """The best attested first."""
    rows = Alias.objects.filter(status="proposed", concept__status="approved").select_related("concept")
    return rows.order_by("-evidence__firms", "-evidence__count", "pk")


def concepts() -> QuerySet[Concept]:
    rows = Concept.objects.filter(status="proposed").prefetch_related("links__other")
    return rows.order_by("-evidence__firms", "-evidence__count", "pk")


def links() -> QuerySet[ConceptLink]:
    rows = ConceptLink.objects.filter(status="proposed", concept__status="approved", other__status="approved")
    return rows.select_related("concept", "other").order_by("-evidence__firms", "-evidence__count", "pk")


def counts() -> dict[str, int]:
    return {"aliases": aliases().count(), "concepts": concepts().count(), "links": links().count()}


def accept(*, by: User, proposals: Sequence[Proposal], reason: str) -> Reviewed:
    """Take proposals into the draft. Those that cannot be taken (their form means something else by now) stay, and the
    answer says why. Refuses with not_allowed, reason_missing, and with does_not_compile as a whole."""
    require_operator(by, reason=reason)
    reviewed = Reviewed()
    with freezing.drafting():
        for proposal in proposals:
            proposal.refresh_from_db()
            if proposal.status != "proposed":
                continue
            try:
                with transaction.atomic():
                    _accept(proposal, by=by, reason=reason.strip())
            except RefusedError as refused:
                reviewed.problems.append(str(refused))
            else:
                reviewed.done += 1
        states.check()
    return reviewed


def reject(*, by: User, proposals: Sequence[Proposal], reason: str) -> Reviewed:
    """Turn proposals down for good: mining does not propose them again."""
    require_operator(by, reason=reason)
    reviewed = Reviewed()
    with freezing.drafting():
        for proposal in proposals:
            proposal.refresh_from_db()
            if proposal.status != "proposed":
                continue
            proposal.status = "rejected"
            proposal.save(update_fields=["status"])
            target = proposal if isinstance(proposal, Concept) else proposal.concept
            same = records.snapshot([])
            records.record(
                action="dictionary.proposal_rejected",
                by=by,
                target=target,
                reason=reason.strip(),
                before=same,
                after=same,
                note=str(proposal),
            )
            reviewed.done += 1
    return reviewed


def accept_concept(*, by: User, proposal: Concept, entry: Entry, reason: str) -> None:
    """A proposed concept with what the operator made of it. Refuses with not_proposed and as `editing.create` does."""
    require_operator(by, reason=reason)
    with freezing.drafting():
        proposal.refresh_from_db()
        if proposal.status != "proposed":
            raise RefusedError(_("这条建议已处理。"), code="not_proposed")
        _accept(proposal, by=by, reason=reason.strip(), entry=entry)
        states.check()


def entry_of(proposal: Concept) -> Entry:
    """What a proposed concept says so far, with its proposed parents."""
    said = states.state_of(proposal)
    parents = [
        link.other.name
        for link in proposal.links.select_related("other")
        if link.kind == "is_a" and link.status == "proposed" and link.other.status == "approved"
    ]
    return replace(said, parents=tuple(dict.fromkeys([*said.parents, *parents])))


def _accept(proposal: Proposal, *, by: User, reason: str, entry: Entry | None = None) -> None:
    target = proposal if isinstance(proposal, Concept) else proposal.concept
    before = records.snapshot([target.pk])
    if isinstance(proposal, Concept):
        entry = entry or entry_of(proposal)
        states.save([entry], source="mining", ids={entry.name: proposal.pk})
    else:
        if target.status != "approved":
            raise RefusedError(_("“%(name)s”不在用。") % {"name": target.name}, code="not_in_use")
        said = states.state_of(target)
        if isinstance(proposal, Alias):
            said = replace(said, aliases=(*said.aliases, proposal.text + "?" * proposal.is_ambiguous))
        elif proposal.kind == ConceptLink.Kind.IS_A:
            said = replace(said, parents=(*said.parents, proposal.other.name))
        else:
            said = replace(said, near=(*said.near, proposal.other.name))
        states.save([said], source="mining")
    records.record(
        action="dictionary.proposal_accepted",
        by=by,
        target=target,
        reason=reason,
        before=before,
        after=records.snapshot([target.pk]),
        note=str(proposal),
    )
