"""Regions and region sets as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from regions.models import Region, RegionSet, RegionSetMember


class RegionSerializer(serializers.ModelSerializer[Region]):
    class Meta:
        model = Region
        fields = [
            "code",
            "label",
            "name",
            "short_name",
            "name_en",
            "pinyin",
            "level",
            "parent",
            "longitude",
            "latitude",
            "coordinate_source",
            "edition",
            "valid_from",
            "valid_to",
        ]
        read_only_fields = fields


class RegionSetMemberSerializer(serializers.ModelSerializer[RegionSetMember]):
    code = serializers.CharField(source="region_id", read_only=True)
    name = serializers.CharField(source="region.label", read_only=True)

    class Meta:
        model = RegionSetMember
        fields = ["code", "name", "scope"]
        read_only_fields = fields


class RegionSetSerializer(serializers.ModelSerializer[RegionSet]):
    members = RegionSetMemberSerializer(many=True, read_only=True)

    class Meta:
        model = RegionSet
        fields = ["slug", "kind", "label", "name", "name_en", "note", "source", "order", "members"]
        read_only_fields = fields


class RegionDetailSerializer(RegionSerializer):
    """One region with what lies above it and the sets it belongs to."""

    path = serializers.SerializerMethodField()
    sets = serializers.SerializerMethodField()

    class Meta(RegionSerializer.Meta):
        fields = [*RegionSerializer.Meta.fields, "path", "sets"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_path(self, region: Region) -> list[dict[str, Any]]:
        return [{"code": step.code, "label": step.label} for step in region.path]

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_sets(self, region: Region) -> list[dict[str, Any]]:
        members = RegionSetMember.objects.filter(region_id__in=[step.code for step in region.path])
        rows = members.select_related("region_set").order_by("region_set__order", "region_set__slug")
        return [{"slug": m.region_set.slug, "label": m.region_set.label, "scope": m.scope} for m in rows]
