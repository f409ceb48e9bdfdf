"""A person's own settings and API tokens."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains import recommending
from enterprises.models import Enterprise
from foundation import tokens
from foundation.errors import RefusedError
from foundation.models import ApiToken, User
from hub.web.access import signed_in


class ProfileForm(forms.ModelForm[User]):
    language = forms.ChoiceField(label=gettext_lazy("语言"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "phone", "language", "digest", "plain_order"]
        help_texts = {
            "plain_order": gettext_lazy("打开后，推荐伙伴一律按发布时间排列，下一次打开页面即生效。"),
            "digest": gettext_lazy("页面内的通知不受影响。"),
        }


@login_required
def profile_edit(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        if "plain_order" in form.changed_data:
            recommending.set_plain_order(by=user, on=form.cleaned_data["plain_order"])
        # Not the whole row: a right that was revoked meanwhile would come back with it.
        form.save(commit=False).save(update_fields=form.Meta.fields)
        language = form.cleaned_data["language"]
        with translation.override(language):
            messages.success(request, _("设置已保存。"))
        response = redirect("hub:profile-edit")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
            max_age=365 * 24 * 3600,
        )
        return response
    return render(request, "hub/profile_edit.html", {"form": form})


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=80, help_text=gettext_lazy("例如所连接的系统：ERP、MES。")
    )
    firm = forms.ModelChoiceField(
        label=gettext_lazy("限于企业"),
        queryset=Enterprise.objects.none(),
        required=False,
        empty_label=gettext_lazy("我的所有企业"),
    )
    can_write = forms.BooleanField(label=gettext_lazy("允许修改数据"), required=False)
    days = forms.TypedChoiceField(
        label=gettext_lazy("有效时长"),
        coerce=int,
        choices=[(90, gettext_lazy("90 天")), (365, gettext_lazy("1 年")), (30, gettext_lazy("30 天"))],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["firm"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Enterprise.objects.of_member(user)


@login_required
def token_list(request: HttpRequest) -> HttpResponse:
    """Tokens in use; a new one's secret is shown once, in the answer to the form."""
    user = signed_in(request)
    form = TokenForm(request.POST or None, user=user)
    secret = ""
    if request.method == "POST" and form.is_valid():
        firm = form.cleaned_data["firm"]
        try:
            _token, secret = tokens.issue(
                user=user,
                name=form.cleaned_data["name"],
                firm_id=firm.pk if firm else None,
                can_write=form.cleaned_data["can_write"],
                expires_at=timezone.now() + timedelta(days=form.cleaned_data["days"]),
            )
            form = TokenForm(user=user)
        except RefusedError as refused:
            form.add_error(refused.field or None, str(refused))
    rows = list(ApiToken.objects.visible_to(user).usable())
    firms = Enterprise.objects.in_bulk([token.firm_id for token in rows if token.firm_id])
    return render(
        request,
        "hub/token_list.html",
        {
            "form": form,
            "secret": secret,
            "rows": [{"token": token, "firm": firms.get(token.firm_id or 0)} for token in rows],
        },
    )


@login_required
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    token = get_object_or_404(ApiToken.objects.visible_to(user).usable(), pk=pk)
    if request.method == "POST":
        tokens.revoke(token=token, by=user)
        messages.success(request, _("令牌已撤销。"))
        return redirect("hub:token-list")
    return render(
        request,
        "foundation/confirm.html",
        {
            "title": _("撤销令牌"),
            "question": _("撤销“%(name)s”？使用它的程序会立即失去访问。") % {"name": token.name},
            "danger": True,
            "cancel_url": reverse("hub:token-list"),
        },
    )
