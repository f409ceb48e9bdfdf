from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = _("底座")

    def ready(self) -> None:
        from rest_framework.serializers import ModelSerializer

        from foundation.api import schema  # noqa: F401 (registers itself)
        from foundation.api.strict import ChoiceField

        # For all of them: a program that sent a wrong choice is told the right ones.
        ModelSerializer.serializer_choice_field = ChoiceField
