"""Work that registration leaves behind: mails with invitations, and the yearly re-check."""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises import registration
from enterprises.models import Invitation
from foundation import jobs
from foundation.models import User


@jobs.handler("enterprises.mail_invitation")
def mail_invitation(run: jobs.Run, *, invitation_id: int, expires_at: str) -> dict[str, Any]:
    """Mail the link, unless the invitation ended or was renewed meanwhile. A crash after the mail mails it again."""
    invitation = Invitation.objects.select_related("enterprise", "invited_by").filter(pk=invitation_id).first()
    if (
        invitation is None
        or invitation.accepted_at is not None
        or invitation.withdrawn_at is not None
        or invitation.expires_at.isoformat() != expires_at
    ):
        return {"mails": 0}
    known = User.objects.filter(email=invitation.email).first()
    language = known or invitation.invited_by
    with translation.override(language.language if language else settings.LANGUAGE_CODE):
        link = settings.SITE_URL + reverse("enterprises:invitation-show", args=[registration.secret_of(invitation)])
        subject = _("%(firm)s 邀请您加入协链") % {"firm": invitation.enterprise.name}
        body = render_to_string(
            "enterprises/mail/invitation.txt",
            {
                "firm": invitation.enterprise.name,
                "inviter": invitation.invited_by or "",
                "role": invitation.get_role_display(),
                "link": link,
                "day": timezone.localtime(invitation.expires_at).date(),
            },
        )
        send_mail(" ".join(subject.split())[:150], body, None, [invitation.email])
    return {"mails": 1}


@jobs.handler("enterprises.recheck_firms")
def recheck_firms(run: jobs.Run) -> dict[str, Any]:
    """Firms whose year is over, and those whose year ends soon."""
    due = registration.mark_recheck_due()
    run.progress(stage=gettext_noop("提醒即将到期的企业"))
    return {"due": due, "warned": registration.warn_of_recheck()}
