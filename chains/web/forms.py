"""Forms of matching, recommending and cooperating. They check form; the stages decide."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chains import cooperation
from chains.matching import previewing
from chains.models import Recommendation
from enterprises.models import CertificateKind, Post
from enterprises.models.posts import Factor, Unit
from regions.fields import RegionField, RegionMultipleField


class WishForm(forms.Form):
    """A free text and its conditions; the preview page and the count in the post form read the same names."""

    text = forms.CharField(
        label=_("您需要什么？"),
        max_length=previewing.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control say-box"}),
        help_text=_("写产品或服务的名称，一句话即可；第一行应是名称。例如：电池级碳酸锂 50 吨"),
    )
    factor = forms.ChoiceField(label=_("要素类型"), required=False, choices=[("", _("不限")), *Factor.choices])
    quantity = forms.DecimalField(
        label=_("数量"), required=False, min_value=Decimal(0), max_digits=18, decimal_places=3
    )
    unit = forms.ChoiceField(label=_("单位"), required=False, choices=[("", "—"), *Unit.choices])
    deliver_by = forms.DateField(
        label=_("交付日期"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    delivery_region = RegionField(label=_("交付地"), required=False, empty_label=_("不限"))
    certificates = forms.ModelMultipleChoiceField(
        label=_("对方须有的证书"),
        queryset=CertificateKind.objects.all(),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-searchable": True, "size": 4}),
    )
    regions = RegionMultipleField(
        label=_("只看这些省份的企业"), required=False, levels=["province"], help_text=_("不选表示全国。")
    )
    loose = forms.BooleanField(label=_("也看把握小的匹配"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("quantity") and not cleaned.get("unit") and "unit" not in self.errors:
            self.add_error("unit", _("请为数量选择单位。"))
        return cleaned

    def wish(self) -> previewing.Wish:
        values = self.cleaned_data
        place = values.get("delivery_region")
        return previewing.Wish(
            text=values["text"],
            factor=values.get("factor") or "",
            quantity=values.get("quantity"),
            unit=values.get("unit") or "",
            deliver_by=values.get("deliver_by"),
            delivery_region=place.pk if place is not None else "",
            certificates=[kind.pk for kind in values.get("certificates") or ()],
            regions=[region.pk for region in values.get("regions") or ()],
            loose=bool(values.get("loose")),
        )


class CountForm(forms.Form):
    """What the post form says so far, half filled in as it may be: what cannot be read is left out, not refused."""

    direction = forms.ChoiceField(choices=Post.Direction, required=False)
    product = forms.CharField(max_length=120, required=False)
    say = forms.CharField(max_length=1000, required=False)
    text = forms.CharField(max_length=4000, required=False)
    factor = forms.ChoiceField(choices=Factor, required=False)
    industry = forms.CharField(max_length=4, required=False)
    quantity = forms.DecimalField(required=False, min_value=Decimal(0), max_digits=18, decimal_places=3)
    unit = forms.ChoiceField(choices=Unit, required=False)
    deliver_by = forms.DateField(required=False)
    delivery_region = RegionField(required=False)
    certificates = forms.ModelMultipleChoiceField(queryset=CertificateKind.objects.all(), required=False)

    def wish(self) -> previewing.Wish:
        self.is_valid()
        values = self.cleaned_data
        name = (values.get("product") or values.get("say") or "").strip()
        place = values.get("delivery_region")
        return previewing.Wish(
            text="\n".join(filter(None, (name, values.get("text", "") if name else ""))),
            factor=values.get("factor") or "",
            industry=values.get("industry") or "",
            quantity=values.get("quantity"),
            unit=values.get("unit") or "",
            deliver_by=values.get("deliver_by"),
            delivery_region=place.pk if place is not None else "",
            certificates=[kind.pk for kind in values.get("certificates") or ()],
        )

    @property
    def is_supply(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("direction") == Post.Direction.SUPPLY)


class ReasonForm(forms.Form):
    """Why a recommendation does not fit."""

    reason = forms.ChoiceField(label=_("不合适的原因"), choices=Recommendation.Reason)


class MessageForm(forms.Form):
    message = forms.CharField(
        label=_("留言"),
        max_length=cooperation.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "说明您想谈什么：数量、时间、规格。请勿填写电话、邮箱、微信；对方接受后，双方会看到彼此的联系方式。"
        ),
    )


class AnswerForm(forms.Form):
    """An answer to an interest."""

    answer = forms.CharField(
        label=_("答复"),
        max_length=cooperation.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("对方会看到这段话。"),
    )

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = not optional
