"""Posts and capabilities as JSON. Amounts are strings with a unit beside them; relations are codes on the way in."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enterprises import posting
from enterprises.api.fields import CodeField, PlaceSerializer
from enterprises.disclosure import Viewer
from enterprises.fields import choosable as industries
from enterprises.models import Capability, Certificate, CertificateKind, Enterprise, Post, PostVersion
from regions.fields import choosable as regions

MOST = 200


class NamedSerializer(serializers.Serializer[Any]):
    """A row of reference data: its code, and its name in the language asked for."""

    code = serializers.CharField(read_only=True)
    name = serializers.CharField(source="label", read_only=True)


class SellerSerializer(serializers.Serializer[Enterprise]):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    region = PlaceSerializer(read_only=True)


class PostSerializer(serializers.ModelSerializer[Post]):
    """A post as others see it."""

    enterprise = SellerSerializer(read_only=True)
    industry = NamedSerializer(read_only=True)
    delivery_region = PlaceSerializer(read_only=True)
    delivers_to = PlaceSerializer(many=True, read_only=True)
    certificates = serializers.SerializerMethodField()

    class Meta:
        model = Post
        fields = [
            "id",
            "enterprise",
            "direction",
            "factor",
            "title",
            "product",
            "text",
            "industry",
            "quantity",
            "unit",
            "minimum_order",
            "lead_time_days",
            "price_low",
            "price_high",
            "delivery_region",
            "delivers_to",
            "maximum_distance_km",
            "deliver_by",
            "certificates",
            "partial_ok",
            "visibility",
            "status",
            "version",
            "published_at",
            "confirmed_at",
            "expires_on",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_certificates(self, post: Post) -> list[str]:
        """Codes of the certificates asked for (demand) or held (supply)."""
        return [str(kind.pk) for kind in post.certificates.all()]


class FindingSerializer(serializers.Serializer[Any]):
    """What the checks before publishing found. `error` must be mended, `review` waits for an operator, `advice` is
    only advice."""

    level = serializers.ChoiceField(choices=[(level.value, level.value) for level in posting.Level])
    code = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    post_id = serializers.IntegerField(allow_null=True)


class MyPostSerializer(serializers.ModelSerializer[Post]):
    """A post for its own firm: everything; the writable part is what a person fills in."""

    industry = CodeField(queryset=industries(), allow_null=True, required=False)
    delivery_region = CodeField(queryset=regions(), allow_null=True, required=False)
    delivers_to = CodeField(queryset=regions(), many=True, required=False)
    certificates = CodeField(queryset=CertificateKind.objects.all(), many=True, required=False)
    capability: Any = serializers.PrimaryKeyRelatedField(
        queryset=Capability.objects.none(), allow_null=True, required=False
    )
    invited_firms: Any = serializers.PrimaryKeyRelatedField(
        queryset=Enterprise.objects.listed(), many=True, required=False
    )
    findings = serializers.SerializerMethodField()

    class Meta:
        model = Post
        fields = [
            "id",
            "direction",
            "factor",
            "title",
            "product",
            "text",
            "industry",
            "capability",
            "quantity",
            "unit",
            "minimum_order",
            "lead_time_days",
            "price_low",
            "price_high",
            "delivery_region",
            "delivers_to",
            "maximum_distance_km",
            "deliver_by",
            "certificates",
            "partial_ok",
            "visibility",
            "invited_firms",
            "status",
            "version",
            "published_at",
            "confirmed_at",
            "expires_on",
            "ended_at",
            "source",
            "external_id",
            "findings",
        ]
        read_only_fields = [
            "id",
            "status",
            "version",
            "published_at",
            "confirmed_at",
            "expires_on",
            "ended_at",
            "source",
            "external_id",
        ]
        extra_kwargs = {"title": {"required": False, "allow_blank": True}, "text": {"max_length": 4000}}
        validators: list[Any] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firm = self.context.get("firm")
        if firm is not None:
            self.fields["capability"].queryset = Capability.objects.filter(enterprise=firm)  # type: ignore[attr-defined]
        if self.instance is not None:
            self.fields["direction"].read_only = True

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, post: Post) -> list[Any]:
        """Only for one draft or a post in review; empty in lists."""
        if not self.context.get("with_findings") or post.status not in (Post.Status.DRAFT, Post.Status.REVIEW):
            return []
        return list(FindingSerializer(posting.examine(post), many=True).data)

    def validate_delivers_to(self, rows: list[Any]) -> list[Any]:
        return _not_too_many(rows)

    def validate_certificates(self, rows: list[Any]) -> list[Any]:
        return _not_too_many(rows)

    def validate_invited_firms(self, rows: list[Any]) -> list[Any]:
        return _not_too_many(rows)


class VersionSerializer(serializers.ModelSerializer[PostVersion]):
    """What the post said before; `content` holds amounts as text and relations as keys."""

    class Meta:
        model = PostVersion
        fields = ["version", "content", "replaced_at"]
        read_only_fields = fields


class StillHoldsSerializer(serializers.Serializer[Any]):
    still_holds = serializers.BooleanField(help_text="true: what the post says still holds today")


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class FulfilSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class CapabilitySerializer(serializers.ModelSerializer[Capability]):
    """A capability as others see it; certificates that hold today are named, if the firm shows them to the caller."""

    enterprise = SellerSerializer(read_only=True)
    industry = NamedSerializer(read_only=True)
    certificates = serializers.SerializerMethodField()

    class Meta:
        model = Capability
        fields = [
            "id",
            "enterprise",
            "factor",
            "product",
            "industry",
            "description",
            "parameters",
            "monthly_capacity",
            "unit",
            "free_share",
            "minimum_order",
            "lead_time_days",
            "certificates",
            "visibility",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_certificates(self, row: Capability) -> list[str]:
        viewer: Viewer = self.context["viewer"]
        if not viewer.may_see(row.enterprise, "certificates"):
            return []
        return sorted({certificate.kind_id for certificate in row.certificates.all() if certificate.is_valid})


class ParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=120)
    unit = serializers.CharField(max_length=20, allow_blank=True, default="")


class MyCapabilitySerializer(serializers.ModelSerializer[Capability]):
    industry = CodeField(queryset=industries(), allow_null=True, required=False)
    parameters = ParameterSerializer(many=True, required=False)
    certificates: Any = serializers.PrimaryKeyRelatedField(
        queryset=Certificate.objects.none(), many=True, required=False
    )

    class Meta:
        model = Capability
        fields = [
            "id",
            "factor",
            "product",
            "industry",
            "description",
            "parameters",
            "monthly_capacity",
            "unit",
            "free_share",
            "minimum_order",
            "lead_time_days",
            "certificates",
            "visibility",
            "source",
            "external_id",
            "updated_at",
            "archived_at",
        ]
        read_only_fields = ["id", "source", "external_id", "updated_at", "archived_at"]
        extra_kwargs = {"description": {"max_length": 2000}}
        validators: list[Any] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firm = self.context.get("firm")
        if firm is not None:
            own = Certificate.objects.filter(enterprise=firm)
            self.fields["certificates"].child_relation.queryset = own  # type: ignore[attr-defined]

    def validate_parameters(self, rows: list[Any]) -> list[Any]:
        """Each as a whole: a PATCH leaves out fields, but not halves of a parameter."""
        whole = ParameterSerializer(data=_not_too_many(rows), many=True)
        whole.is_valid(raise_exception=True)
        return [dict(row) for row in whole.validated_data]

    def validate_certificates(self, rows: list[Any]) -> list[Any]:
        return _not_too_many(rows)


def _not_too_many(rows: list[Any]) -> list[Any]:
    if len(rows) > MOST:
        raise serializers.ValidationError(_("最多 %(most)s 项。") % {"most": MOST})
    return rows
