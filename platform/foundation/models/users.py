"""People. What a person may do comes from relations (member, leadership, official), never from a role here."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Whoever may run commands on the server vouches for the address: no mail is needed for the first log-in."""
        from allauth.account.models import EmailAddress

        user = self.create_user(email, password, is_operator=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in by e-mail address."""

    class Digest(models.TextChoices):
        AT_ONCE = "at_once", _("逐条发送")
        DAILY = "daily", _("每日汇总")
        NEVER = "never", _("不发邮件")

    email = models.EmailField(_("邮箱"), unique=True)
    name = models.CharField(_("姓名"), max_length=80, blank=True)
    phone = models.CharField(_("手机"), max_length=30, blank=True)
    language = models.CharField(_("语言"), max_length=10, default="zh-hans")
    digest = models.CharField(_("邮件提醒"), max_length=10, choices=Digest, default=Digest.DAILY)
    # 算法推荐规定 art. 17: an option that is not aimed at personal features, kept per user.
    plain_order = models.BooleanField(_("按发布时间排序，不使用个性化推荐"), default=False)
    # Platform staff (运营). The only role without a counterpart to relate to.
    is_operator = models.BooleanField(_("平台运营"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    date_joined = models.DateTimeField(_("注册时间"), default=timezone.now)

    # Set by token authentication when the token is bound to one firm; not a column.
    scope_firm_id: int | None = None

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_user_per_email_whatever_the_case",
                violation_error_message=_("该邮箱已注册。"),
            ),
            models.CheckConstraint(
                condition=models.Q(digest__in=["at_once", "daily", "never"]), name="user_digest_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """What Django's own tools call an operator."""
        return self.is_operator
