"""Forms whose saving a stage decides: what it refuses is shown beside the field it blames."""

from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.generic.edit import FormView

from foundation.errors import RefusedError
from foundation.models import User

F = TypeVar("F", bound=forms.BaseForm)


def add_refusal(form: forms.BaseForm, refused: RefusedError) -> None:
    """Show a refusal in its field, or on top where the form has no such field."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


def complain(request: HttpRequest, form: forms.BaseForm) -> None:
    """Say what a form refuses, field by field, for a POST that has no page of its own to say it on."""
    for name, errors in form.errors.items():
        label = f"{form[name].label}{_('：')}" if name in form.fields else ""
        messages.error(request, f"{label}{errors[0]}")


def person(request: HttpRequest) -> User:
    """The user of a page that only signed-in people reach."""
    if not isinstance(request.user, User):
        raise TypeError("this page must ask for a log-in first")
    return request.user


class StageFormView(FormView[F]):
    """`save(form)` calls the stage and may return a response; refusals come back into the form."""

    success_message: Any = ""

    def save(self, form: F) -> HttpResponse | None:
        raise NotImplementedError

    def form_valid(self, form: F) -> HttpResponse:
        try:
            answer = self.save(form)
        except RefusedError as refused:
            add_refusal(form, refused)
            return self.form_invalid(form)
        if self.success_message:
            messages.success(self.request, str(self.success_message))
        return answer or HttpResponseRedirect(self.get_success_url())
