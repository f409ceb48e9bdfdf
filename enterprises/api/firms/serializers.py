"""Firms and what belongs to them as JSON.

A field that a firm hides from the caller is null, and its name is in `hidden`: null alone means "not filled in".
"""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enterprises import disclosure, registration
from enterprises.api.fields import CodeField, PlaceSerializer
from enterprises.disclosure import Viewer
from enterprises.fields import choosable as industries
from enterprises.models import (
    Certificate,
    CertificateKind,
    Enterprise,
    IdentityChange,
    Invitation,
    Member,
    Site,
    SizeSnapshot,
    TierTitle,
)
from enterprises.registration.profile import clean_visibility
from enterprises.registration.rules import BAD_ADDRESS, phone_problem
from foundation.api.strict import ChoiceField
from regions.fields import choosable as regions
from regions.models import Region

REGISTERED_LEVELS = (Region.Level.PREFECTURE, Region.Level.COUNTY)


class ClassSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(read_only=True)
    name = serializers.CharField(source="label", read_only=True)


class FirmSerializer(serializers.ModelSerializer[Enterprise]):
    """One line of the directory."""

    region = PlaceSerializer(read_only=True)
    industry = ClassSerializer(read_only=True)
    size_class = serializers.SerializerMethodField()
    titles = serializers.SerializerMethodField()
    certificates = serializers.SerializerMethodField()
    hidden = serializers.SerializerMethodField()

    # Those of disclosure's fields that this serializer has.
    HIDEABLE: tuple[str, ...] = ("size", "titles", "certificates")

    class Meta:
        model = Enterprise
        fields = [
            "id",
            "name",
            "short_name",
            "name_en",
            "org_type",
            "status",
            "region",
            "industry",
            "size_class",
            "titles",
            "certificates",
            "verified_at",
            "hidden",
        ]
        read_only_fields = fields

    @property
    def viewer(self) -> Viewer:
        found: Viewer = self.context["viewer"]
        return found

    def get_size_class(self, firm: Enterprise) -> str | None:
        return self.viewer.shown(firm, "size", firm.size_class or None)  # type: ignore[no-any-return]

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_titles(self, firm: Enterprise) -> list[str] | None:
        """Keys of the titles that hold today."""
        rows: list[TierTitle] = firm.all_titles  # type: ignore[attr-defined]
        return self.viewer.shown(firm, "titles", [t.title for t in rows if not t.is_over])  # type: ignore[no-any-return]

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_certificates(self, firm: Enterprise) -> list[str] | None:
        """Codes of the certificates that hold today."""
        rows: list[Certificate] = firm.valid_certificates  # type: ignore[attr-defined]
        return self.viewer.shown(firm, "certificates", [c.kind_id for c in rows])  # type: ignore[no-any-return]

    def get_hidden(self, firm: Enterprise) -> list[str]:
        return [name for name in self.HIDEABLE if not self.viewer.may_see(firm, name)]


class SiteSerializer(serializers.ModelSerializer[Site]):
    region = CodeField(queryset=regions(REGISTERED_LEVELS))

    class Meta:
        model = Site
        fields = ["id", "kind", "name", "region", "address"]


class TitleSerializer(serializers.ModelSerializer[TierTitle]):
    class Meta:
        model = TierTitle
        fields = ["id", "title", "issuer", "number", "issued_on", "expires_on"]


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    kind = CodeField(queryset=CertificateKind.objects.all())

    class Meta:
        model = Certificate
        fields = ["id", "kind", "number", "issuer", "valid_from", "valid_to"]


class SizeSerializer(serializers.ModelSerializer[SizeSnapshot]):
    class Meta:
        model = SizeSnapshot
        fields = ["id", "as_of", "staff", "revenue_wan", "size_class", "rule", "recorded_at"]
        read_only_fields = ["id", "size_class", "rule", "recorded_at"]
        extra_kwargs = {
            "staff": {"max_value": 10_000_000},
            "revenue_wan": {"min_value": 0, "max_digits": 13},
        }


class FirmDetailSerializer(FirmSerializer):
    """One firm as the caller may see it."""

    uscc = serializers.SerializerMethodField()
    founded_on = serializers.SerializerMethodField()
    address = serializers.SerializerMethodField()
    website = serializers.SerializerMethodField()
    introduction = serializers.SerializerMethodField()
    contact_name = serializers.SerializerMethodField()
    contact_phone = serializers.SerializerMethodField()
    contact_email = serializers.SerializerMethodField()
    sites = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()

    HIDEABLE = tuple(disclosure.DEFAULTS)

    class Meta(FirmSerializer.Meta):
        fields = [
            *FirmSerializer.Meta.fields,
            "uscc",
            "founded_on",
            "address",
            "website",
            "introduction",
            "contact_name",
            "contact_phone",
            "contact_email",
            "sites",
            "figures",
        ]
        read_only_fields = fields

    def _text(self, firm: Enterprise, name: str) -> str | None:
        return self.viewer.shown(firm, name, getattr(firm, name) or None)  # type: ignore[no-any-return]

    def get_uscc(self, firm: Enterprise) -> str | None:
        return self._text(firm, "uscc")

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_founded_on(self, firm: Enterprise) -> Any:
        return self.viewer.shown(firm, "founded_on", firm.founded_on)

    def get_address(self, firm: Enterprise) -> str | None:
        return self._text(firm, "address")

    def get_website(self, firm: Enterprise) -> str | None:
        return self._text(firm, "website")

    def get_introduction(self, firm: Enterprise) -> str | None:
        return self._text(firm, "introduction")

    def get_contact_name(self, firm: Enterprise) -> str | None:
        return self._text(firm, "contact_name")

    def get_contact_phone(self, firm: Enterprise) -> str | None:
        return self._text(firm, "contact_phone")

    def get_contact_email(self, firm: Enterprise) -> str | None:
        return self._text(firm, "contact_email")

    @extend_schema_field(SiteSerializer(many=True, allow_null=True))
    def get_sites(self, firm: Enterprise) -> Any:
        return SiteSerializer(firm.sites.all(), many=True).data if self.viewer.may_see(firm, "sites") else None

    @extend_schema_field(SizeSerializer(allow_null=True))
    def get_figures(self, firm: Enterprise) -> Any:
        """The newest staff and revenue."""
        newest = firm.size_snapshots.first() if self.viewer.may_see(firm, "figures") else None
        return SizeSerializer(newest).data if newest else None


class MyFirmSerializer(serializers.ModelSerializer[Enterprise]):
    """A firm for its own members: everything, and what is still missing."""

    region = CodeField(queryset=regions(REGISTERED_LEVELS), allow_null=True, required=False)
    industry = CodeField(queryset=industries([4]), allow_null=True, required=False)
    uscc = serializers.CharField(max_length=40, allow_blank=True, allow_null=True, required=False)
    role = serializers.SerializerMethodField()
    gaps = serializers.SerializerMethodField()

    class Meta:
        model = Enterprise
        fields = [
            "id",
            "org_type",
            "name",
            "short_name",
            "name_en",
            "uscc",
            "uscc_check",
            "region",
            "address",
            "industry",
            "founded_on",
            "website",
            "introduction",
            "contact_name",
            "contact_phone",
            "contact_email",
            "field_visibility",
            "size_class",
            "status",
            "submitted_at",
            "verified_at",
            "recheck_due_on",
            "role",
            "gaps",
        ]
        read_only_fields = [
            "id",
            "uscc_check",
            "size_class",
            "status",
            "submitted_at",
            "verified_at",
            "recheck_due_on",
        ]
        extra_kwargs: ClassVar[dict[str, Any]] = {"website": {"error_messages": {"invalid": BAD_ADDRESS}}}

    def get_role(self, firm: Enterprise) -> str:
        roles: dict[int, str] = self.context.get("roles", {})
        return roles.get(firm.pk, "")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_gaps(self, firm: Enterprise) -> list[str]:
        """Names of the fields still needed before submission."""
        return [gap.field for gap in registration.gaps(firm)]

    def validate_contact_phone(self, value: str) -> str:
        problem = phone_problem(value)
        if problem:
            raise serializers.ValidationError(problem)
        return value

    def validate_field_visibility(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise serializers.ValidationError(_("应为“字段: 可见范围”的对象。"))
        return clean_visibility(value)


class StartSerializer(serializers.Serializer[Any]):
    org_type = ChoiceField(choices=Enterprise.OrgType.choices, default=Enterprise.OrgType.ENTERPRISE)
    name = serializers.CharField(max_length=120)
    uscc = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class MemberSerializer(serializers.ModelSerializer[Member]):
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.CharField(source="user.email", read_only=True)

    class Meta:
        model = Member
        fields = ["id", "name", "email", "role", "joined_at"]
        read_only_fields = ["id", "joined_at"]


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "created_at", "expires_at"]
        read_only_fields = ["id", "created_at", "expires_at"]
        validators: list[Any] = []


class IdentityChangeSerializer(serializers.ModelSerializer[IdentityChange]):
    region = CodeField(queryset=regions(REGISTERED_LEVELS))
    uscc = serializers.CharField(max_length=40)

    class Meta:
        model = IdentityChange
        fields = [
            "id",
            "name",
            "uscc",
            "uscc_check",
            "org_type",
            "region",
            "reason",
            "state",
            "decision_note",
            "created_at",
            "decided_at",
        ]
        read_only_fields = ["id", "uscc_check", "state", "decision_note", "created_at", "decided_at"]


class CodeCheckSerializer(serializers.Serializer[Any]):
    """What is known about a social credit code before anybody registers it."""

    code = serializers.CharField()
    usable = serializers.BooleanField()
    doubtful = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.CharField())
    taken = serializers.BooleanField()
    message = serializers.CharField(allow_blank=True)
