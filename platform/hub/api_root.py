"""/api/v1/: what the API has, for programs as JSON and for people as a page."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

# (name of the address, what is there, whether one must be logged in, method)
RESOURCES: Final = (
    ("post-list", gettext_lazy("供需大厅：在线的供应与需求，可按方向、行业、地区、证书筛选"), False, "GET"),
    ("firm-list", gettext_lazy("企业名录：已核验的企业与机构"), False, "GET"),
    ("capability-list", gettext_lazy("企业公开的产品、产能与资质"), False, "GET"),
    ("chain-list", gettext_lazy("产业链、环节与带依据的上下游关系"), False, "GET"),
    ("region-list", gettext_lazy("行政区划"), False, "GET"),
    ("region-set-list", gettext_lazy("板块、区域战略与走廊"), False, "GET"),
    ("industry-list", gettext_lazy("国民经济行业分类"), False, "GET"),
    ("uscc-check", gettext_lazy("核对统一社会信用代码的校验位"), True, "GET"),
    ("partners", gettext_lazy("产业链上游、下游的伙伴，附路径与依据"), False, "GET"),
    ("dictionary", gettext_lazy("产品词典：名称、别名与归属"), True, "GET"),
    ("preview", gettext_lazy("用一句话试找伙伴，不保存任何内容"), False, "POST"),
    ("my-firm-list", gettext_lazy("我的企业，及其供需、能力、成员、证书"), True, "GET"),
    ("recommendation-list", gettext_lazy("推荐给我的伙伴及理由"), True, "GET"),
    ("match-list", gettext_lazy("我的供需的匹配"), True, "GET"),
    ("interest-list", gettext_lazy("收到和发出的合作意向"), True, "GET"),
)


class ResourceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    method = serializers.CharField()
    url = serializers.URLField()
    description = serializers.CharField()
    login_required = serializers.BooleanField()


class RootSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    documentation = serializers.URLField()
    schema = serializers.URLField()
    resources = ResourceSerializer(many=True)


class ApiRoot(APIView):
    """The resources of this interface with their addresses; `Accept: text/html` gets a page."""

    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer, TemplateHTMLRenderer]
    template_name = "hub/api_root.html"

    @extend_schema(operation_id="api_root", responses=RootSerializer)
    def get(self, request: Request) -> Response:
        resources = [
            {
                "name": name.removesuffix("-list"),
                "method": method,
                "url": reverse(f"api:{name}", request=request),
                "description": str(words),
                "login_required": login,
            }
            for name, words, login, method in RESOURCES
        ]
        return Response(
            {
                "name": _("协链 API"),
                "version": "1",
                "documentation": reverse("api:docs", request=request),
                "schema": reverse("api:schema", request=request),
                "resources": resources,
            }
        )
