from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = _("底座")

    def ready(self) -> None:
        from foundation.api import schema  # noqa: F401 (registers itself)
