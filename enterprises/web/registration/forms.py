"""Forms of the wizard and of the firm's own pages. They check form only; enterprises.registration decides."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises import disclosure, evidence
from enterprises.fields import CertificateKindField, IndustryField
from enterprises.models import Certificate, Enterprise, Member, Site, TierTitle
from enterprises.registration import rules
from enterprises.registration.profile import clean_visibility
from enterprises.registration.rules import BAD_ADDRESS, phone_problem
from enterprises.uscc import examine
from foundation.errors import RefusedError
from regions.fields import RegionField
from regions.models import Region

EARLIEST = date(1800, 1, 1)
REGISTERED_LEVELS = (Region.Level.PREFECTURE, Region.Level.COUNTY)


class DateField(forms.DateField):
    """A day from 1800 on, with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"])
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and day < EARLIEST:
            raise forms.ValidationError(_("日期过早，请核对年份。"), code="too_early")
        return day


class PastDateField(DateField):
    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and day > timezone.localdate():
            raise forms.ValidationError(_("日期不能晚于今天。"), code="in_the_future")
        return day


class UploadField(forms.FileField):
    """A proof: PDF, PNG or JPEG, at most 5 MB; `cleaned_data` holds its bytes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("PDF、PNG 或 JPG，不超过 5 MB。不会公开，仅供平台核实。"))
        kwargs.setdefault("widget", forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return b""
        if (upload.size or 0) > evidence.MAX_BYTES:
            raise forms.ValidationError(_("文件超过 5 MB，请压缩后再上传。"), code="file_too_large")
        content = upload.read()
        try:
            evidence.check(content)
        except RefusedError as refused:
            raise forms.ValidationError(str(refused), code=refused.code) from refused
        return content


def one_line(max_length: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(max_length=max_length, **kwargs)


class IdentityForm(forms.Form):
    needed_later: tuple[str, ...] = ("uscc",)

    org_type = forms.ChoiceField(
        label=_("组织类型"),
        choices=Enterprise.OrgType.choices,
        initial=Enterprise.OrgType.ENTERPRISE,
        widget=forms.RadioSelect,
    )
    name = one_line(120, label=_("名称"), help_text=_("与营业执照或登记证书上的全称一致。"))
    uscc = one_line(
        40,
        label=_("统一社会信用代码"),
        required=False,
        help_text=_("18 位，见营业执照或登记证书。可以先保存，提交前补上。"),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )
    short_name = one_line(40, label=_("简称"), required=False)
    name_en = one_line(160, label=_("英文名称"), required=False)
    founded_on = PastDateField(label=_("成立日期"), required=False)

    def clean_uscc(self) -> str:
        text = str(self.cleaned_data["uscc"])
        if not text.strip():
            return ""
        finding = examine(text)
        if not finding.is_usable:
            raise forms.ValidationError(rules.problem_text(finding), code="uscc_invalid")
        return finding.code


class PlaceForm(forms.Form):
    needed_later: tuple[str, ...] = ("region", "industry")

    region = RegionField(
        label=_("注册地"),
        required=False,
        levels=REGISTERED_LEVELS,
        help_text=_("选择到市或区县。排序不会因为所在地而加减分。"),
    )
    address = one_line(200, label=_("地址"), required=False, help_text=_("街道与门牌号。"))
    industry = IndustryField(
        label=_("行业"),
        required=False,
        levels=[4],
        help_text=_("按国民经济行业分类选择四位小类，可输入名称或代码查找。"),
    )


class SizeForm(forms.Form):
    as_of = PastDateField(label=_("统计时点"), required=False, help_text=_("数字所对应的日期，通常是上年年末。"))
    staff = forms.IntegerField(label=_("从业人员（人）"), required=False, min_value=0, max_value=10_000_000)
    revenue_wan = forms.DecimalField(
        label=_("上年营业收入（万元）"),
        required=False,
        min_value=Decimal(0),
        max_digits=13,
        decimal_places=2,
        help_text=_("单位是万元：3,500 万元填 3500。"),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and self.has_figures and data.get("as_of") is None:
            self.add_error("as_of", _("请填写数字所对应的日期。"))
        return data

    @property
    def has_figures(self) -> bool:
        return self.cleaned_data.get("staff") is not None or self.cleaned_data.get("revenue_wan") is not None


class RequiredSizeForm(SizeForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not self.has_figures:
            self.add_error("staff", _("请至少填写从业人员或营业收入。"))
        return data


def phone_shape(text: str) -> None:
    problem = phone_problem(text)
    if problem:
        raise forms.ValidationError(problem)


class ContactsForm(forms.Form):
    needed_later: tuple[str, ...] = ("contact_name",)

    contact_name = one_line(60, label=_("联系人"), required=False)
    contact_phone = one_line(
        40,
        label=_("联系电话"),
        required=False,
        validators=[phone_shape],
        help_text=_("电话和邮箱至少填一项。"),
    )
    contact_email = forms.EmailField(label=_("联系邮箱"), required=False, max_length=254)
    # No type="url": the browser would refuse www.example.com, which the field completes.
    website = forms.URLField(
        label=_("网站"),
        required=False,
        max_length=200,
        assume_scheme="https",
        error_messages={"invalid": BAD_ADDRESS},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url", "spellcheck": "false"}),
    )
    introduction = forms.CharField(
        label=_("简介"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("做什么、擅长什么、服务过谁。请不要在这里写联系方式。"),
    )


class VisibilityForm(forms.Form):
    """One select per field of enterprises.disclosure."""

    def __init__(self, *args: Any, enterprise: Enterprise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in disclosure.LABELS.items():
            self.fields[f"see_{name}"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=Enterprise.FieldVisibility.choices,
                initial=disclosure.level_of(enterprise, name),
            )

    def values(self) -> dict[str, str]:
        """What to store in `field_visibility`."""
        return clean_visibility({name.removeprefix("see_"): value for name, value in self.cleaned_data.items()})

    @property
    def visibility_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("see_")]


class ContactsAndVisibilityForm(ContactsForm, VisibilityForm):
    """The wizard's step; `visibility_fields` go into a fold of their own."""

    def values(self) -> dict[str, Any]:
        contacts = {name: value for name, value in self.cleaned_data.items() if not name.startswith("see_")}
        shown = {name[4:]: value for name, value in self.cleaned_data.items() if name.startswith("see_")}
        return {**contacts, "field_visibility": clean_visibility(shown)}


class SubmitForm(forms.Form):
    note = forms.CharField(
        label=_("给核验人员的说明"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如对补充要求的回复。"),
    )


class FileForm(forms.Form):
    title = one_line(80, label=_("材料名称"), required=False, initial=_("营业执照"))
    file = UploadField(label=_("文件"))


class ClaimForm(forms.Form):
    evidence = forms.CharField(
        label=_("您与该企业的关系"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("例如：我是法定代表人或受托经办人；可用哪个座机或邮箱核实。"),
    )
    file = UploadField(label=_("证明材料"), required=False)


class ProfileForm(PlaceForm, ContactsForm):
    """Everything a firm may change without a new check."""

    needed_later = ()

    short_name = one_line(40, label=_("简称"), required=False)
    name_en = one_line(160, label=_("英文名称"), required=False)
    founded_on = PastDateField(label=_("成立日期"), required=False)

    field_order = [
        "short_name",
        "name_en",
        "founded_on",
        "industry",
        "address",
        "introduction",
        "website",
        "contact_name",
        "contact_phone",
        "contact_email",
    ]

    region = None  # type: ignore[assignment]

    def clean_industry(self) -> Any:
        industry = self.cleaned_data["industry"]
        if industry is None:
            raise forms.ValidationError(_("请选择行业。"), code="required")
        return industry


class IdentityChangeForm(forms.Form):
    name = one_line(120, label=_("名称"))
    uscc = one_line(40, label=_("统一社会信用代码"))
    org_type = forms.ChoiceField(label=_("组织类型"), choices=Enterprise.OrgType.choices)
    region = RegionField(label=_("注册地"), levels=REGISTERED_LEVELS)
    reason = forms.CharField(
        label=_("变更说明"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如登记机关的变更通知书文号。"),
    )
    file = UploadField(label=_("证明材料"), required=False)


class SiteForm(forms.ModelForm[Site]):
    region = RegionField(label=_("所在地"), levels=REGISTERED_LEVELS)

    class Meta:
        model = Site
        fields = ["kind", "name", "region", "address"]


class TitleForm(forms.ModelForm[TierTitle]):
    issued_on = PastDateField(label=_("认定日期"))
    expires_on = DateField(label=_("有效期至"), required=False, help_text=_("证书上写明的最后一天；长期有效可不填。"))

    class Meta:
        model = TierTitle
        fields = ["title", "issuer", "number", "issued_on", "expires_on"]


class CertificateForm(forms.ModelForm[Certificate]):
    kind = CertificateKindField()
    valid_from = PastDateField(label=_("发证日期"), required=False)
    valid_to = DateField(label=_("有效期至"), required=False)

    class Meta:
        model = Certificate
        fields = ["kind", "number", "issuer", "valid_from", "valid_to"]


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("邮箱"), max_length=254)
    role = forms.ChoiceField(label=_("角色"), choices=list(reversed(Member.Role.choices)), initial=Member.Role.EDITOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=Member.Role.choices)


class BlockForm(forms.Form):
    name = one_line(120, label=_("企业全称或统一社会信用代码"))
