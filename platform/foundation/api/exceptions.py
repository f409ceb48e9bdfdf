"""One shape for every error: {"code", "message", "field", "errors"}; 409 for a refusal."""

from typing import Any

from rest_framework import exceptions, views
from rest_framework.response import Response

from foundation.errors import RefusedError


def exception_handler(problem: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(problem, RefusedError):
        # The stage has rolled its own work back; this is for a request that is one transaction as a whole.
        views.set_rollback()
        return Response(
            {"code": problem.code, "message": str(problem), "field": problem.field, "errors": []}, status=409
        )
    response = views.exception_handler(problem, context)
    if response is None:
        return None
    if isinstance(problem, exceptions.ValidationError):
        errors = list(_flatten(problem.get_full_details(), ""))
        first = errors[0] if errors else {"code": "invalid", "message": "", "field": ""}
        response.data = {**first, "errors": errors}
    elif isinstance(problem, exceptions.APIException):
        response.data = {
            "code": str(getattr(problem.detail, "code", problem.default_code)),
            "message": str(problem.detail),
            "field": "",
            "errors": [],
        }
    else:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        response.data = {
            "code": getattr(detail, "code", "error"),
            "message": str(detail),
            "field": "",
            "errors": [],
        }
    return response


def _flatten(details: Any, path: str) -> Any:
    if isinstance(details, dict) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        field = "" if path == "non_field_errors" else path
        yield {"code": details["code"], "message": str(details["message"]), "field": field}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _flatten(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(details, list):
        for inner in details:
            yield from _flatten(inner, path)
