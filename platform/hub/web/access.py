"""Who may open a workspace. A page that is not for somebody does not exist for them: 404, as for a missing one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from foundation.models import User

View = Callable[..., HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The user of a page behind `login_required` or `operator_required`."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def operator_required(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not signed_in(request).is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
