"""Matches, recommendations, previews, interests and chains as JSON."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from chains import cooperation, partnering
from chains.cards import Card
from chains.matching import TOP, previewing
from chains.matching.hearing import USABLE
from chains.models import Chain, Interest, Link, Node, Recommendation
from chains.partner_cards import PartnerCard
from enterprises.models import CertificateKind, Enterprise, IndustryClass, Post
from enterprises.models.posts import Factor, Unit
from foundation.api.strict import ChoiceField, StrictSerializer
from regions.models import Region

_ReadOnly = serializers.Serializer[Any]


@extend_schema_serializer(component_name="PartnerFirm")
class FirmSerializer(serializers.ModelSerializer[Enterprise]):
    """What everybody may know of a listed firm."""

    region_name = serializers.CharField(source="region.full_label", read_only=True, default="")

    class Meta:
        model = Enterprise
        fields = ["id", "name", "org_type", "region", "region_name"]
        read_only_fields = fields


@extend_schema_serializer(component_name="PartnerPost")
class PostSerializer(serializers.ModelSerializer[Post]):
    """The figures of a post that a partner decides by."""

    class Meta:
        model = Post
        fields = [
            "id",
            "direction",
            "factor",
            "title",
            "product",
            "industry",
            "quantity",
            "unit",
            "minimum_order",
            "lead_time_days",
            "delivery_region",
            "deliver_by",
            "version",
            "published_at",
            "confirmed_at",
        ]
        read_only_fields = fields


class PartSerializer(_ReadOnly):
    """One part of a score, in points, and why."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.FloatField()
    text = serializers.CharField()


class CardSerializer(_ReadOnly):
    """A match as the asking firm sees it. `fits`, `lacks` and `unknown` are sentences in the language asked for."""

    id = serializers.IntegerField(source="match.pk")
    own_post = serializers.IntegerField(source="own.pk")
    firm_is_buyer = serializers.BooleanField(source="is_buyer")
    partner = FirmSerializer(source="firm")
    post = PostSerializer(source="other")
    rank = serializers.IntegerField(source="match.rank")
    score = serializers.FloatField(source="match.score")
    place_score = serializers.FloatField(source="match.place_score")
    is_explored = serializers.BooleanField(source="match.is_explored")
    is_strong = serializers.BooleanField(source="match.is_strong")
    crosses_provinces = serializers.BooleanField()
    parts = PartSerializer(source="words.parts", many=True)
    fits = serializers.ListField(child=serializers.CharField(), source="words.fits")
    lacks = serializers.ListField(child=serializers.CharField(), source="words.lacks")
    unknown = serializers.ListField(child=serializers.CharField(), source="words.unknown")
    certificates = serializers.SerializerMethodField()
    partner_size = serializers.SerializerMethodField()
    ranking_version = serializers.CharField(source="match.ranking_version")
    feedback = serializers.CharField()
    is_saved = serializers.BooleanField()
    is_hidden = serializers.BooleanField()
    created_at = serializers.DateTimeField(source="match.created_at")
    updated_at = serializers.DateTimeField(source="match.updated_at")

    def get_certificates(self, card: Card) -> list[str]:
        return [certificate.kind_id for certificate in card.certificates]

    def get_partner_size(self, card: Card) -> str | None:
        """Size class of the partner; null where it is not known or not shown."""
        return card.firm.size_class or None if card.shows_size else None


class FeedbackSerializer(_ReadOnly):
    feedback = ChoiceField(choices=Recommendation.Feedback.choices)
    reason = ChoiceField(choices=Recommendation.Reason.choices, required=False, allow_blank=True, default="")


class OrderSerializer(_ReadOnly):
    """`plain`: lists by date of publication, without recommendation."""

    plain = serializers.BooleanField()


class WishSerializer(StrictSerializer):
    """A free text and its conditions. The first line names the product; nothing is stored. Conditions that the text
    itself names are used where none is given here, except those to be ignored."""

    text = serializers.CharField(max_length=previewing.LONGEST_TEXT)
    factor = ChoiceField(choices=Factor.choices, required=False, allow_blank=True, default="")
    industry = serializers.PrimaryKeyRelatedField(
        queryset=IndustryClass.objects.all(), required=False, allow_null=True, default=None
    )
    quantity = serializers.DecimalField(
        max_digits=18, decimal_places=3, min_value=Decimal(0), required=False, allow_null=True, default=None
    )
    unit = ChoiceField(choices=Unit.choices, required=False, allow_blank=True, default="")
    deliver_by = serializers.DateField(required=False, allow_null=True, default=None)
    delivery_region = serializers.PrimaryKeyRelatedField(
        queryset=Region.objects.all(), required=False, allow_null=True, default=None
    )
    certificates = serializers.PrimaryKeyRelatedField(
        queryset=CertificateKind.objects.all(), many=True, required=False, default=list
    )
    regions = serializers.PrimaryKeyRelatedField(queryset=Region.objects.all(), many=True, required=False, default=list)
    ignore = serializers.ListField(
        child=serializers.ChoiceField(choices=[kind.value for kind in USABLE]), required=False, default=list
    )
    # Without it, answers below the calibrated cut come only where nothing is above it.
    loose = serializers.BooleanField(required=False, default=False)
    limit = serializers.IntegerField(min_value=1, max_value=TOP, required=False, default=TOP)

    def wish(self) -> previewing.Wish:
        values = self.validated_data
        place, industry = values["delivery_region"], values["industry"]
        return previewing.Wish(
            text=values["text"],
            factor=values["factor"],
            industry=industry.pk if industry is not None else "",
            quantity=values["quantity"],
            unit=values["unit"],
            deliver_by=values["deliver_by"],
            delivery_region=place.pk if place is not None else "",
            certificates=[kind.pk for kind in values["certificates"]],
            regions=[region.pk for region in values["regions"]],
            ignore=values["ignore"],
            loose=values["loose"],
        )


class PreviewResultSerializer(_ReadOnly):
    """One partner. `external_id` and `product` as they were imported."""

    external_id = serializers.CharField()
    post = serializers.IntegerField()
    firm_id = serializers.IntegerField()
    firm = serializers.CharField()
    product = serializers.CharField()
    region = serializers.CharField()
    score = serializers.FloatField()
    is_strong = serializers.BooleanField()
    parts = serializers.DictField(child=serializers.FloatField())
    reasons = serializers.ListField(child=serializers.CharField())


class UnderstoodSerializer(_ReadOnly):
    """Conditions that the text named and that were used, without those that were given; they earn points and leave
    nobody out who has not said otherwise: `regions`, which the text must ask for in so many words, are a filter, and
    who names other places than `delivery_region` to deliver to is left out. `text`: what was left to look for.
    `unused`: words that were understood but not used, e.g. what is not wanted."""

    text = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)
    unit = serializers.CharField()
    per_month = serializers.BooleanField()
    deliver_by = serializers.DateField(allow_null=True)
    delivery_region = serializers.CharField(allow_null=True)
    maximum_distance_km = serializers.IntegerField(allow_null=True)
    certificates = serializers.ListField(child=serializers.CharField())
    regions = serializers.ListField(child=serializers.CharField())
    unused = serializers.ListField(child=serializers.CharField())


class PreviewSerializer(_ReadOnly):
    """`firms`: how many firms have a strong answer; `results`: the best answers that are meant, without any such the
    looser ones; `looser`: how many of those were left out (ask again with `loose`); `corrected`: (as written, as read)
    of words taken for slips of the pen."""

    understood = UnderstoodSerializer()
    products = serializers.ListField(child=serializers.CharField())
    corrected = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    firms = serializers.IntegerField()
    looser = serializers.IntegerField()
    results = PreviewResultSerializer(many=True)


class InterestSerializer(serializers.ModelSerializer[Interest]):
    """`contacts` are the other firm's, after acceptance only."""

    sender_name = serializers.CharField(source="sender.name", read_only=True)
    receiver_name = serializers.CharField(source="receiver.name", read_only=True)
    demand = serializers.IntegerField(source="match.demand_id", read_only=True)
    supply = serializers.IntegerField(source="match.supply_id", read_only=True)
    contacts = serializers.SerializerMethodField()

    class Meta:
        model = Interest
        fields = [
            "id",
            "match",
            "demand",
            "supply",
            "sender",
            "sender_name",
            "receiver",
            "receiver_name",
            "message",
            "state",
            "answer",
            "created_at",
            "answered_at",
            "contacts",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.CharField(), allow_null=True))
    def get_contacts(self, interest: Interest) -> dict[str, str] | None:
        firm: Enterprise | None = self.context.get("firm")
        return cooperation.contacts(interest=interest, firm=firm) if firm is not None else None


class SendSerializer(_ReadOnly):
    match = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    message = serializers.CharField(max_length=cooperation.LONGEST)


class AnswerSerializer(_ReadOnly):
    answer = serializers.CharField(max_length=cooperation.LONGEST, required=False, allow_blank=True, default="")


class NodeSerializer(serializers.ModelSerializer[Node]):
    class Meta:
        model = Node
        fields = ["id", "slug", "label", "name", "name_en", "layer", "order", "terms"]
        read_only_fields = fields


class LinkSerializer(serializers.ModelSerializer[Link]):
    """Upstream → downstream, with its evidence."""

    class Meta:
        model = Link
        fields = ["id", "upstream", "downstream", "evidence", "evidence_en", "source", "observed_on"]
        read_only_fields = fields


class ChainSerializer(serializers.ModelSerializer[Chain]):
    class Meta:
        model = Chain
        fields = ["id", "slug", "label", "name", "name_en", "description", "description_en", "source"]
        read_only_fields = fields


class ChainDetailSerializer(ChainSerializer):
    """A chain with its nodes and the links that were approved."""

    nodes = NodeSerializer(many=True, read_only=True)
    links = serializers.SerializerMethodField()

    class Meta(ChainSerializer.Meta):
        fields = [*ChainSerializer.Meta.fields, "nodes", "links"]
        read_only_fields = fields

    @extend_schema_field(LinkSerializer(many=True))
    def get_links(self, chain: Chain) -> Any:
        rows = Link.objects.filter(upstream__chain=chain, downstream__chain=chain, status=Link.Status.APPROVED)
        return LinkSerializer(rows.order_by("pk"), many=True).data


class PartnerQuestionSerializer(_ReadOnly):
    """From where to look, which way and how far. Of `node`, `product` and `of_firm` the first that is given counts;
    without any it is the own firm. `region` narrows the list and changes no score."""

    direction = ChoiceField(choices=["upstream", "downstream"])
    links = serializers.IntegerField(min_value=1, max_value=partnering.MOST_LINKS, required=False, default=2)
    region = serializers.PrimaryKeyRelatedField(
        queryset=Region.objects.all(), required=False, allow_null=True, default=None
    )
    node = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)
    product = serializers.CharField(max_length=partnering.LONGEST_PRODUCT, required=False, allow_blank=True, default="")
    of_firm = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)
    firm = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="Act for this firm of yours; the first one by default.",
    )


class PartnerNodeSerializer(serializers.ModelSerializer[Node]):
    """A node and, by its slug, the chain it is part of."""

    chain = serializers.CharField(source="chain.slug", read_only=True)

    class Meta:
        model = Node
        fields = ["id", "slug", "chain", "label"]
        read_only_fields = fields


class PartnerCardSerializer(_ReadOnly):
    """A firm along the chain. `nodes` and `links` are the path from the start outwards; `supply` and `demand` are the
    posts that it rests on; `fits` and `unknown` are sentences in the language asked for."""

    partner = FirmSerializer(source="firm")
    reason = serializers.CharField()
    path = serializers.CharField()
    nodes = PartnerNodeSerializer(source="partner.path.nodes", many=True)
    links = LinkSerializer(many=True)
    supply = PostSerializer(allow_null=True)
    demand = PostSerializer(allow_null=True)
    score = serializers.FloatField(source="partner.score")
    parts = PartSerializer(source="words.parts", many=True)
    fits = serializers.ListField(child=serializers.CharField(), source="words.fits")
    unknown = serializers.ListField(child=serializers.CharField(), source="words.unknown")
    partner_size = serializers.SerializerMethodField()

    def get_partner_size(self, card: PartnerCard) -> str | None:
        """Size class of the partner; null where it is not known or not shown."""
        return card.firm.size_class or None if card.shows_size else None
