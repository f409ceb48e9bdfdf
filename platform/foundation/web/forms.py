"""How every form looks: `{{ form }}` and `{% field form.name %}` are right without further markup."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Field(forms.BoundField):
    """A bound field whose widget carries the classes of the style sheet."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        own = str(widget.attrs.get("class", ""))
        name = css_class(widget)
        if name and name not in own.split():
            built["class"] = f"{own} {name}".strip()
        if str(widget.attrs.get("placeholder", "")).startswith(str(self.label)):
            built["placeholder"] = False  # A placeholder that repeats the label only hides what is typed.
        return built

    @property
    def kind(self) -> str:
        """What its template asks: hidden, choice (one box), choices (several) or plain."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        if isinstance(widget, forms.CheckboxInput):
            return "choice"
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return "choices"
        return "plain"

    @property
    def mark(self) -> str:
        """必填 or 选填; a form that is saved step by step names in `needed_later` what has to be there in the end."""
        if self.field.required:
            return gettext("必填")
        return gettext("提交前必填") if self.name in getattr(self.form, "needed_later", ()) else gettext("选填")


def css_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return ""
    if isinstance(widget, forms.Select):
        return "form-select"
    if isinstance(widget, forms.NumberInput):
        return "form-control width-number"
    if isinstance(widget, forms.DateInput):
        return "form-control width-date"
    if isinstance(widget, Input | forms.Textarea):
        return "" if widget.is_hidden else "form-control"
    return ""


class FormRenderer(TemplatesSetting):
    """FORM_RENDERER = "foundation.web.forms.FormRenderer" (needs django.forms among the installed apps)."""

    form_template_name = "foundation/forms/form.html"
    field_template_name = "foundation/forms/field.html"
    bound_field_class = Field


class ReasonForm(forms.Form):
    """The reason asked for on a confirm page."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("会记入审计日志，并告知对方。"),
    )
