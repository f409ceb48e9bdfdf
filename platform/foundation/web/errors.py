"""Error pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def _answer(request: HttpRequest, *, status: int, code: str, message: str, page: str = "") -> HttpResponse:
    """The error as JSON under /api/, as a page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse({"code": code, "message": message, "field": "", "errors": []}, status=status)
    return render(request, page or f"{status}.html", {"message": message}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, status=400, code="bad_request", message=_("请求中含有无法识别的内容。"))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, status=403, code="permission_denied", message=_("您没有权限执行此操作。"))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, status=404, code="not_found", message=_("找不到该页面或内容。"))


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    return _answer(request, status=405, code="method_not_allowed", message=_("这个地址不接受这样的操作"))


def unavailable(request: HttpRequest) -> HttpResponse:
    message = _("系统的一个部件暂时没有应答，您提交的内容没有处理。请一分钟后再试。")
    response = _answer(request, status=503, code="unavailable", message=message)
    response["Retry-After"] = "60"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _("页面已过期，请返回刷新后重试。")
    return _answer(request, status=403, code="csrf_failed", message=message, page="403_csrf.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Uses neither database nor context processors: they may be what broke."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": "server_error", "message": _("系统出错，请稍后再试。"), "field": "", "errors": []}, status=500
        )
    return HttpResponse(render_to_string("500.html"), status=500)
