"""draft → review → published → matched → negotiating → fulfilled / expired / withdrawn."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final, Unpack

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises import events
from enterprises.models import Capability, Enterprise, Member, Post, PostVersion
from enterprises.posting import checks
from enterprises.posting.content import Content, Edit, differences, is_material, snapshot, write, write_many
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User

LIFE: Final = timedelta(days=90)
# After this long an expired post says too little about today; it is written anew (`duplicate`).
GRACE: Final = timedelta(days=30)


def save_draft(
    *,
    by: User,
    enterprise: Enterprise,
    direction: str,
    product: str,
    post: Post | None = None,
    **content: Unpack[Content],
) -> Post:
    """Make a draft, or write an existing one over. Drafts may be incomplete; only `publish` looks closely.

    Locks the post. Refuses with not_allowed, not_a_draft and for figures that cannot be kept (unit_missing …).
    """
    with transaction.atomic():
        _require_editor(by=by, enterprise_id=enterprise.pk)
        if post is None:
            row = Post(enterprise=enterprise, direction=direction, created_by=by)
        else:
            row = _locked(post)
            if row.enterprise_id != enterprise.pk:
                raise RefusedError(_("草稿不属于这家企业。"), code="not_allowed")
            if row.status != Post.Status.DRAFT:
                raise RefusedError(_("这条内容已不是草稿，请用“修改”。"), code="not_a_draft")
            row.direction = direction
        _check_capability(enterprise_id=enterprise.pk, capability=content.get("capability"))
        write(row, {**content, "product": product})
        _refuse_errors(checks.impossible(row))
        row.save()
        write_many(row, content)
        if post is None:
            audit.record(action="post.drafted", actor=by, target=row, firm_id=enterprise.pk)
    return row


def unsaved(*, enterprise: Enterprise, direction: str, by: User, **content: Unpack[Edit]) -> Post:
    """A post that is nowhere yet, to be examined or given to `publish_many`."""
    row = Post(enterprise=enterprise, direction=direction, created_by=by)
    write(row, content)
    return row


def publish(*, post: Post, by: User) -> Post:
    """Put a draft on the market, or before the operator if its words need a look (`row.status` tells which).

    Locks the firm, then the post. Refuses with not_allowed, firm_not_verified, not_a_draft, or the code of the first
    error that `checks.examine` finds. Sends posts_published.
    """
    with transaction.atomic():
        _hold_firm(post)
        row = _locked(post)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.status != Post.Status.DRAFT:
            raise RefusedError(_("只有草稿可以发布。"), code="not_a_draft")
        _require_public_firm(row)
        findings = checks.examine(row)
        _refuse_errors(findings)
        reasons = [f.code for f in findings if f.level is checks.Level.REVIEW]
        if reasons:
            row.status = Post.Status.REVIEW
            row.save(update_fields=["status", "updated_at"])
            _record(row, by=by, action="post.sent_to_review", changes={"findings": reasons})
        else:
            _open(row)
            _record(row, by=by, action="post.published")
    return row


def edit(*, post: Post, by: User, version: int | None = None, may_leave: bool = True, **changes: Unpack[Edit]) -> Post:
    """Change a draft or an open post. On an open one a material change keeps the old wording as a PostVersion,
    raises the version and confirms the post anew; a trivial one does not.

    `version` is the version the writer saw: another one is refused (changed_meanwhile). Locks the post. Refuses
    with not_allowed, ended, in_review or the first error of the checks; words that need a look send the post back to
    review and off the market, or without `may_leave` are refused (would_leave_market). Sends posts_changed (or
    posts_ended).
    """
    with transaction.atomic():
        row = _locked(post)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if version is not None and version != row.version:
            raise RefusedError(_("这条内容刚被他人修改过，请刷新后再改。"), code="changed_meanwhile")
        if row.status == Post.Status.REVIEW:
            raise RefusedError(_("审核中的内容不能修改，请先撤回送审。"), code="in_review")
        if row.status not in (Post.Status.DRAFT, *Post.OPEN_STATES):
            raise RefusedError(_("已结束的内容不能修改，可复制为新的一条。"), code="ended")
        _check_capability(enterprise_id=row.enterprise_id, capability=changes.get("capability"))
        before = snapshot(row)
        write(row, changes)
        write_many(row, changes)
        changed = differences(before, snapshot(row))
        if row.status == Post.Status.DRAFT or not changed:
            _refuse_errors(checks.impossible(row))
            row.save()
            return row
        findings = checks.examine(row)
        _refuse_errors(findings)
        fresh = [f for f in findings if f.level is checks.Level.REVIEW and f.field in changed]
        if fresh and not may_leave:
            raise RefusedError(fresh[0].message, code="would_leave_market", field=fresh[0].field)
        if is_material(changed):
            PostVersion.objects.create(post=row, version=row.version, content=before, replaced_by=by)
            row.version += 1
            row.confirmed_at = timezone.now()
        if fresh:
            reasons = [f.code for f in findings if f.level is checks.Level.REVIEW]
            row.status = Post.Status.REVIEW
            row.save()
            _record(row, by=by, action="post.sent_to_review", changes={"findings": reasons, **changed})
            events.posts_ended.send(sender=Post, post_ids=[row.pk])
        else:
            row.save()
            _record(row, by=by, action="post.edited", changes=changed)
            events.posts_changed.send(sender=Post, post_ids=[row.pk])
    return row


def renew(*, post: Post, by: User, still_holds: bool) -> Post:
    """Confirm that a post still holds: 90 more days from today. One that expired within 30 days comes back.

    Locks the firm, then the post. Refuses with not_allowed, not_confirmed, firm_not_verified, cannot_renew, or an
    error of the checks. Sends posts_changed, or posts_published for one that comes back.
    """
    if not still_holds:
        raise RefusedError(_("请确认内容仍然有效，再续期。"), code="not_confirmed", field="still_holds")
    with transaction.atomic():
        _hold_firm(post)
        row = _locked(post)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        today = timezone.localdate()
        lately = row.expires_on is not None and row.expires_on + GRACE >= today
        if not (row.status in Post.OPEN_STATES or (row.status == Post.Status.EXPIRED and lately)):
            raise RefusedError(_("这条内容已不能续期，可复制为新的一条。"), code="cannot_renew")
        _require_public_firm(row)
        _refuse_errors(checks.examine(row))
        was_open = row.is_open
        if row.status == Post.Status.EXPIRED:
            _open(row, announce=False)
        row.confirmed_at = timezone.now()
        row.expires_on = today + LIFE
        row.save()
        _record(row, by=by, action="post.renewed", changes={"expires_on": [None, row.expires_on.isoformat()]})
        signal = events.posts_changed if was_open else events.posts_published
        signal.send(sender=Post, post_ids=[row.pk])
    return row


def withdraw(*, post: Post, by: User, reason: str) -> Post:
    """Take a post off the market, by its firm or by an operator (who tells the firm why).

    Locks the post. Refuses with not_allowed, reason_missing, not_open. Sends posts_ended.
    """
    if not reason.strip():
        raise RefusedError(_("请写明撤回的理由。"), code="reason_missing", field="reason")
    with transaction.atomic():
        row = _locked(post)
        if not by.is_operator:
            _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.status not in (*Post.OPEN_STATES, Post.Status.REVIEW):
            raise RefusedError(_("只有在线或审核中的内容可以撤回。"), code="not_open")
        was_open = row.status in Post.OPEN_STATES
        _close(row, Post.Status.WITHDRAWN)
        _record(row, by=by, action="post.withdrawn", reason=reason)
        if was_open:
            events.posts_ended.send(sender=Post, post_ids=[row.pk])
        if by.is_operator and not Member.objects.active_for(by).filter(enterprise_id=row.enterprise_id).exists():
            tell_firm(
                row,
                kind="post.withdrawn",
                text=gettext_noop("平台已撤回“%(title)s”：%(reason)s"),
                values={"reason": reason},
            )
    return row


def mark_fulfilled(*, post: Post, by: User, note: str = "") -> Post:
    """Say that the need is met or the supply is sold. Locks the post. Refuses with not_allowed, not_open. Sends
    posts_ended."""
    with transaction.atomic():
        row = _locked(post)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.status not in Post.OPEN_STATES:
            raise RefusedError(_("只有在线的内容可以标记为已达成。"), code="not_open")
        _close(row, Post.Status.FULFILLED)
        _record(row, by=by, action="post.fulfilled", reason=note)
        events.posts_ended.send(sender=Post, post_ids=[row.pk])
    return row


def take_back(*, post: Post, by: User) -> Post:
    """Back from review to draft, before the operator has decided. Locks the post. Refuses with not_allowed,
    not_in_review."""
    with transaction.atomic():
        row = _locked(post)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.status != Post.Status.REVIEW:
            raise RefusedError(_("这条内容不在审核中。"), code="not_in_review")
        row.status = Post.Status.DRAFT
        row.save(update_fields=["status", "updated_at"])
        _record(row, by=by, action="post.taken_back")
    return row


def discard(*, post: Post, by: User) -> None:
    """Delete a draft that was never published. Locks the post. Refuses with not_allowed, not_a_draft."""
    with transaction.atomic():
        row = _locked(post)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.status != Post.Status.DRAFT:
            raise RefusedError(_("只能删除草稿；在线内容请撤回。"), code="not_a_draft")
        if row.published_at is not None or row.version > 1:
            # Others may have answered it: its history stays.
            _close(row, Post.Status.WITHDRAWN)
            _record(row, by=by, action="post.withdrawn", reason=_("撤回送审后放弃"))
            return
        _record(row, by=by, action="post.discarded")
        row.delete()


def duplicate(*, post: Post, by: User) -> Post:
    """A new draft with the content of an own post. Refuses with not_allowed."""
    with transaction.atomic():
        _require_editor(by=by, enterprise_id=post.enterprise_id)
        copy = Post.objects.get(pk=post.pk)
        certificates, delivers_to, invited = (
            list(copy.certificates.all()),
            list(copy.delivers_to.all()),
            list(copy.invited_firms.all()),
        )
        copy.pk = None
        copy._state.adding = True
        copy.status, copy.version, copy.source, copy.external_id, copy.product_raw = (
            Post.Status.DRAFT,
            1,
            "self",
            "",
            "",
        )
        copy.published_at = copy.confirmed_at = copy.expires_on = copy.ended_at = None
        if copy.deliver_by is not None and copy.deliver_by < timezone.localdate():
            copy.deliver_by = None
        copy.created_by, copy.created_at = by, timezone.now()
        copy.save()
        copy.certificates.set(certificates)
        copy.delivers_to.set(delivers_to)
        copy.invited_firms.set(invited)
        _record(copy, by=by, action="post.drafted", changes={"copied_from": post.pk})
    return copy


def approve(*, post: Post, by: User, note: str = "") -> Post:
    """An operator lets a post in review onto the market. Locks the firm, then the post. Refuses with not_allowed,
    own_firm, not_in_review, firm_not_verified. Sends posts_published."""
    with transaction.atomic():
        _hold_firm(post)
        row = _in_review(post, by=by)
        _require_public_firm(row)
        _open(row)
        _record(row, by=by, action="post.approved", reason=note)
        tell_firm(row, kind="post.approved", text=gettext_noop("“%(title)s”已通过审核并发布。"))
    return row


def reject(*, post: Post, by: User, reason: str) -> Post:
    """An operator gives a post in review back as a draft, saying why. Locks the post. Refuses with not_allowed,
    own_firm, reason_missing, not_in_review."""
    if not reason.strip():
        raise RefusedError(_("请写明退回的理由，企业会看到。"), code="reason_missing", field="reason")
    with transaction.atomic():
        row = _in_review(post, by=by)
        row.status = Post.Status.DRAFT
        row.save(update_fields=["status", "updated_at"])
        _record(row, by=by, action="post.rejected", reason=reason)
        tell_firm(
            row,
            kind="post.rejected",
            text=gettext_noop("“%(title)s”未通过审核，已退回草稿：%(reason)s"),
            values={"reason": reason},
        )
    return row


def note_matches(*, matched: Collection[int] = (), unmatched: Collection[int] = ()) -> None:
    """Published posts with live matches show as matched, and back. For the matching above; no event, no audit."""
    Post.objects.filter(pk__in=matched, status=Post.Status.PUBLISHED).update(status=Post.Status.MATCHED)
    Post.objects.filter(pk__in=unmatched, status=Post.Status.MATCHED).update(status=Post.Status.PUBLISHED)


def note_negotiating(*, post_ids: Collection[int]) -> None:
    """Open posts about which two firms have begun to talk. For the cooperation stage above. Locks them in order of id,
    as matching does."""
    rows = Post.objects.filter(pk__in=post_ids, status__in=[Post.Status.PUBLISHED, Post.Status.MATCHED])
    held = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    Post.objects.filter(pk__in=[post.pk for post in held]).update(status=Post.Status.NEGOTIATING)


def firm_left(*, enterprise_id: int) -> None:
    """The firm is no longer public (suspended): its open posts leave the market without losing their state.
    Called by registration in its transaction. Sends posts_ended."""
    ids = list(Post.objects.filter(enterprise_id=enterprise_id).open().values_list("pk", flat=True))
    if ids:
        events.posts_ended.send(sender=Post, post_ids=ids)


def firm_returned(*, enterprise_id: int) -> None:
    """The firm is public again: its open posts are back. Sends posts_published."""
    ids = list(Post.objects.filter(enterprise_id=enterprise_id).open().values_list("pk", flat=True))
    if ids:
        events.posts_published.send(sender=Post, post_ids=ids)


def tell_firm(
    post: Post, *, kind: str, text: str, values: dict[str, Any] | None = None, key: str | None = None
) -> None:
    """A notice to those who may edit the firm's posts."""
    notices.notify(
        editors_of(post.enterprise_id),
        kind=kind,
        text=text,
        values={"title": post.title, **(values or {})},
        url=reverse("enterprises:post-show", args=[post.pk]),
        key=key,
    )


def editors_of(enterprise_id: int) -> list[User]:
    members = Member.objects.active().filter(
        enterprise_id=enterprise_id, role__in=[Member.Role.OWNER, Member.Role.EDITOR]
    )
    return list(User.objects.filter(pk__in=members.values("user_id")))


def _locked(post: Post) -> Post:
    return Post.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=post.pk)


def _in_review(post: Post, *, by: User) -> Post:
    if not by.is_operator:
        raise RefusedError(_("只有平台运营可以审核。"), code="not_allowed")
    row = _locked(post)
    if Member.objects.active_for(by).filter(enterprise_id=row.enterprise_id).exists():
        raise RefusedError(_("您是该企业的成员，请由其他运营人员处理。"), code="own_firm")
    if row.status != Post.Status.REVIEW:
        raise RefusedError(_("这条内容不在审核中。"), code="not_in_review")
    return row


def _require_editor(*, by: User, enterprise_id: int) -> None:
    if not Enterprise.objects.editable_by(by).filter(pk=enterprise_id).exists():
        raise RefusedError(_("您没有这家企业的编辑权限。"), code="not_allowed")


def _hold_firm(post: Post) -> None:
    """Locks the firm's row, so that it cannot be suspended before the commit, and two posts of it are not published
    at once. Before any post is locked, as imports do."""
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=post.enterprise_id)


def _require_public_firm(post: Post) -> None:
    """`post` was read after `_hold_firm`, its firm with it."""
    if not post.enterprise.is_public:
        raise RefusedError(_("企业通过核验后才能发布供需；草稿会保留。"), code="firm_not_verified")


def _check_capability(*, enterprise_id: int, capability: Capability | None) -> None:
    if capability is not None and capability.enterprise_id != enterprise_id:
        raise RefusedError(_("所选能力不属于这家企业。"), code="not_allowed", field="capability")


def _refuse_errors(findings: list[checks.Finding]) -> None:
    for finding in findings:
        if finding.level is checks.Level.ERROR:
            raise RefusedError(finding.message, code=finding.code, field=finding.field)


def _open(row: Post, *, announce: bool = True) -> None:
    now = timezone.now()
    row.status = Post.Status.PUBLISHED
    row.published_at = row.published_at or now
    row.confirmed_at = now
    row.expires_on = timezone.localdate() + LIFE
    row.ended_at = None
    row.save()
    if announce:
        events.posts_published.send(sender=Post, post_ids=[row.pk])


def _close(row: Post, status: Post.Status) -> None:
    row.status = status
    row.ended_at = timezone.now()
    row.save(update_fields=["status", "ended_at", "updated_at"])


def _record(
    row: Post, *, by: User | None, action: str, reason: str = "", changes: dict[str, Any] | None = None
) -> None:
    audit.record(action=action, actor=by, target=row, firm_id=row.enterprise_id, reason=reason, changes=changes)
