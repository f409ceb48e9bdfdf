from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HubConfig(AppConfig):
    name = "hub"
    verbose_name = _("枢纽")

    def ready(self) -> None:
        from django.conf import settings
        from django.db.backends.signals import connection_created

        from hub import checks

        if settings.PRODUCTION:
            connection_created.connect(checks.guard, dispatch_uid="hub.checks.guard")
