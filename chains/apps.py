from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChainsConfig(AppConfig):
    name = "chains"
    verbose_name = _("产业链")

    def ready(self) -> None:
        from chains import receivers  # noqa: F401
