"""The post form and the small forms around it."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enterprises import posting
from enterprises.disclosure import PUBLIC, level_of
from enterprises.fields import IndustryField
from enterprises.models import Capability, CertificateKind, Enterprise, Post
from enterprises.models.posts import Visibility
from enterprises.web.amounts import amount_label
from regions.fields import RegionField, RegionMultipleField

MOST_INVITED = 200
_AMOUNTS = frozenset({"quantity", "minimum_order", "price_low", "price_high", "deliver_by"})


class PostForm(forms.ModelForm[Post]):
    """What a post says. Checks form only; `posting` decides. Never saved itself: `content()` goes to the stage."""

    # Words that need a look are refused once, before they take the post off the market.
    would_leave_market = False

    industry = IndustryField(required=False, label=_("行业"))
    delivery_region = RegionField(required=False, label=_("交付地"), empty_label=_("不限"))
    delivers_to = RegionMultipleField(
        required=False,
        label=_("可供货区域"),
        help_text=_("不选表示全国均可供货。"),
        levels=["province", "prefecture"],
    )
    certificates = forms.ModelMultipleChoiceField(
        queryset=CertificateKind.objects.all(),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-searchable": True, "size": 6}),
    )
    invited_names = forms.CharField(
        label=_("受邀企业"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一家：企业全称或统一社会信用代码。仅在“仅受邀企业”可见时填写。"),
    )

    class Meta:
        model = Post
        fields: ClassVar[list[str]] = [
            "product",
            "quantity",
            "unit",
            "delivery_region",
            "deliver_by",
            "text",
            "title",
            "factor",
            "industry",
            "capability",
            "certificates",
            "minimum_order",
            "lead_time_days",
            "price_low",
            "price_high",
            "delivers_to",
            "maximum_distance_km",
            "partial_ok",
            "visibility",
        ]
        widgets: ClassVar[dict[str, Any]] = {
            "deliver_by": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "text": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, enterprise: Enterprise, direction: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enterprise, self.direction = enterprise, direction
        # The throwaway row that ModelForm fills in must satisfy the constraints' view of it.
        self.instance.enterprise, self.instance.direction = enterprise, direction
        demand = direction == Post.Direction.DEMAND
        fields = self.fields
        for name in (
            ("minimum_order", "lead_time_days", "delivers_to", "capability") if demand else ("maximum_distance_km",)
        ):
            del fields[name]
        if not demand:
            del fields["delivery_region"], fields["deliver_by"]
            own = Q(enterprise=enterprise, archived_at__isnull=True) | Q(pk=self.instance.capability_id)
            fields["capability"].queryset = Capability.objects.filter(own, enterprise=enterprise)  # type: ignore[attr-defined]
            fields["capability"].required = False
        fields["title"].required = False
        fields["title"].help_text = _("不填则用产品名称。")
        fields["quantity"].label = amount_label(direction, str(self["factor"].value() or ""))
        fields["certificates"].label = _("对方须有的证书") if demand else _("可提供的证书")
        fields["text"].help_text = _(
            "规格、用途、质量要求等。请勿填写电话、邮箱、微信：双方同意接洽后，平台会互换联系方式。"
        )
        for name, least in (("quantity", 0), ("minimum_order", 0), ("price_low", 0), ("price_high", 0)):
            if name in fields:
                fields[name].widget.attrs.setdefault("min", least)
        if demand:
            fields["maximum_distance_km"].help_text = _("只有填写后，距离才参与排序。")
        if self.instance.pk and not self.is_bound:
            self.initial["invited_names"] = "\n".join(
                # The code tells firms of one name apart; one that its firm does not show to everybody stays hidden.
                firm.uscc if firm.uscc and level_of(firm, "uscc") == PUBLIC else firm.name
                for firm in self.instance.invited_firms.order_by("name")
            )

    def clean_invited_names(self) -> list[Enterprise]:
        """Firms by full name or code. Only listed firms exist for this field."""
        lines = list(
            dict.fromkeys(line.strip() for line in self.cleaned_data["invited_names"].splitlines() if line.strip())
        )
        if len(lines) > MOST_INVITED:
            raise forms.ValidationError(_("最多邀请 %(most)s 家企业。") % {"most": MOST_INVITED})
        rows = Enterprise.objects.listed().exclude(pk=self.enterprise.pk)
        found = list(rows.filter(Q(name__in=lines) | Q(uscc__in=[line.upper() for line in lines])))
        known = {firm.name for firm in found} | {firm.uscc for firm in found}
        missing = [line for line in lines if line not in known and line.upper() not in known]
        if missing:
            raise forms.ValidationError(
                _("找不到这些已核验企业：%(names)s。请填写企业全称或统一社会信用代码。")
                % {"names": _("、").join(missing[:5])}
            )
        return found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("visibility") != Visibility.INVITED:
            cleaned["invited_names"] = []
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Without a field of theirs the constraints on figures stay silent: `validate_unique` says it better."""
        return {*super()._get_validation_exclusions(), "unit", "price_high"}  # type: ignore[misc]

    def examine(self) -> list[posting.Finding]:
        """What the checks find in what was typed, saved or not."""
        return posting.examine(self._written(), invited=bool(self.cleaned_data.get("invited_names")))

    def show(self, findings: Iterable[posting.Finding]) -> None:
        """Each beside its field; a field that has an error already keeps that one."""
        for finding in findings:
            name = "invited_names" if finding.field == "invited_firms" else finding.field
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, finding.message)

    def _written(self) -> Post:
        """The throwaway row without what could not be read: there it still says what it said before."""
        for name in self.errors:
            if name in self.fields and name in _AMOUNTS:
                setattr(self.instance, name, None)
        return self.instance

    def validate_unique(self) -> None:
        """The database's unique key is about imported rows only. Its constraints, in the words of the checks and beside
        the field."""
        self.show(posting.impossible(self._written()))

    def content(self) -> posting.Edit:
        """The cleaned values as the stage takes them."""
        values: dict[str, Any] = dict(self.cleaned_data)
        values["invited_firms"] = values.pop("invited_names")
        for name in ("certificates", "delivers_to"):
            if name in values:
                values[name] = list(values[name])
        return values  # type: ignore[return-value]


class SayForm(forms.Form):
    """The one text box with which a post begins."""

    say = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "class": "form-control say-box"}), strip=True
    )

    def __init__(self, *args: Any, direction: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        demand = direction == Post.Direction.DEMAND
        self.fields["say"].label = _("您需要什么？") if demand else _("您能供应什么？")
        self.fields["say"].help_text = (
            _("用一句话说即可，例如：求购磷酸铁锂正极材料 500 吨，送重庆，12 月底前到货")
            if demand
            else _("用一句话说即可，例如：供应 6061 铝型材，月产能 2000 吨，有 ISO 9001")
        )


class StillHoldsForm(forms.Form):
    """Renewal: only by confirming that it still holds."""

    still_holds = forms.BooleanField(
        label=_("我确认这些内容仍然有效"), error_messages={"required": _("请确认内容仍然有效，再续期。")}
    )


class NoteForm(forms.Form):
    note = forms.CharField(label=_("备注"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
