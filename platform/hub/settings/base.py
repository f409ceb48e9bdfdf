"""What every situation shares. Only DATABASE_URL and REDIS_URL say where the servers are."""

import os
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

# Lets `ListView[Post]` and the like be written at run time too.
django_stubs_ext.monkeypatch()

env = environ.Env()
ROOT = Path(__file__).resolve().parents[3]
VAR = Path(env.str("XIELIAN_VAR", default=str(ROOT / "var")))

DEBUG = False
DEMO = False
# On in production: hub.checks then refuses to start what must not go live.
PRODUCTION = False
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "hub.apps.HubConfig",
    "chains.apps.ChainsConfig",
    "enterprises.apps.EnterprisesConfig",
    "regions.apps.RegionsConfig",
    "foundation.apps.FoundationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "foundation.web.middleware.CleanInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hub.web.middleware.SecondFactorMiddleware",
    "foundation.web.middleware.MethodPageMiddleware",
    "foundation.web.middleware.CacheAwayMiddleware",
    "foundation.web.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
ASGI_APPLICATION = "hub.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "foundation.web.context.site",
                "hub.web.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "foundation.web.forms.FormRenderer"
FILTERS_EMPTY_CHOICE_LABEL = _("全部")

# --- data -----------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url("DATABASE_URL", default="postgresql:///xielian")}
# psycopg's own pool: open connections are checked before use, so a restarted server costs no 500.
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "foundation.User"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379")


def redis_urls(url: str) -> tuple[str, str, str]:
    """(broker, result back end, cache) for a `redis://host:port` or `unix:///path.sock` address.

    Celery and redis-py spell a socket and a database number differently.
    """
    if url.startswith("unix://"):
        path = url.removeprefix("unix://").split("?")[0]
        return (
            f"redis+socket://{path}?virtual_host=0",
            f"redis+socket://{path}?virtual_host=2",
            f"unix://{path}?db=1",
        )
    root = url.rstrip("/")
    return f"{root}/0", f"{root}/2", f"{root}/1"


BROKER_URL, RESULT_URL, CACHE_URL = redis_urls(REDIS_URL)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- jobs -----------------------------------------------------------------------------------------
# PostgreSQL's job table is the truth; the broker only wakes workers up (see foundation.jobs).
CELERY_BROKER_URL = BROKER_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 540
CELERY_TASK_SOFT_TIME_LIMIT = 480
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above twice the hard limit: work that runs longer than this would be given to a second worker.
    "visibility_timeout": 1200,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
JOB_LEASE_SECONDS = 60
JOB_MAX_ATTEMPTS = 3

# How many proxies of ours stand before the web process: so many entries of X-Forwarded-For are believed.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- people ---------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "foundation.passwords.SimilarityValidator"},
    {"NAME": "foundation.passwords.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "foundation.passwords.CommonValidator"},
    {"NAME": "foundation.passwords.NumericValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "hub:home"
LOGOUT_REDIRECT_URL = "hub:home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_ADAPTER = "foundation.web.accounts.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "foundation.web.accounts.SignupForm"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Passwords: ours is atomic and counts before the password is looked at (foundation.web.accounts). What is left of
# allauth's "login_failed" are the codes of the second factor, a million of which are soon tried.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key", "login": None}
MFA_ADAPTER = "foundation.web.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "协链 Xielian"
# When on, operators and officials reach their workspaces only after enrolling a second factor.
MFA_REQUIRED_FOR_STAFF = env.bool("MFA_REQUIRED_FOR_STAFF", default=False)

# --- language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR / "static")))
MEDIA_ROOT = VAR / "media"
MEDIA_URL = "/media/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 300
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- safety ---------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "foundation.web.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "foundation.api.authentication.TokenAuthentication",
        "foundation.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
    ],
    "DEFAULT_PAGINATION_CLASS": "foundation.api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["foundation.api.strict.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "foundation.api.parsers.SafeJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "foundation.api.exceptions.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "foundation.api.throttling.AnonThrottle",
        "foundation.api.throttling.UserThrottle",
    ],
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "DEFAULT_THROTTLE_RATES": {"anon": "120/min", "user": "1200/min"},
    "PAGE_SIZE": 25,
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "协链 Xielian API",
    "DESCRIPTION": "跨区域产业链协作平台的接口 · Industrial chain coordination across regions",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Fields of one name with different choices, told apart in the schema.
    "ENUM_NAME_OVERRIDES": {
        "PostStatusEnum": "enterprises.models.posts.Post.Status",
        "FirmStatusEnum": "enterprises.models.firms.Enterprise.Status",
        "RegionLevelEnum": "regions.models.Region.Level",
    },
}

# --- mail and logs --------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="协链 <no-reply@xielian.example>")
SITE_NAME = _("协链")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

# Head of every audit chain is copied to this file as well, so that a cut tail is noticed.
AUDIT_ANCHOR_FILE = VAR / "audit-anchors.jsonl"
INDEX_FOLDER = Path(env.str("XIELIAN_INDEX", default=str(VAR / "index")))
# The matching engine's kernel, compiled once (`manage.py compile_engine`); read when numba is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(VAR / "kernel"))
