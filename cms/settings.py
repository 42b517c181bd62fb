"""Loa's settings. Each value that a site may change comes from the environment (docs/settings.md)."""

import os
from pathlib import Path

import environ
from celery.schedules import crontab
from django.conf import locale as django_locale

from cms.languages import campaign_languages, language_info

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# Everything that this installation writes lies here unless a setting below says otherwise.
VAR_DIR = Path(env.str("LOA_VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
if VAR_DIR == BASE_DIR / "var" and VAR_DIR.stat().st_uid == os.geteuid():
    # Database, key and uploads are nobody else's on this machine, whatever the umask was. A folder that the
    # site chose and made itself keeps the mode it was given: others may have business there.
    VAR_DIR.chmod(0o700)

# --- What a site sets -------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
# Without one, a key is made once and kept beside the database (cms/secret_key.py).
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'loa.sqlite3'}")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="memory://")
REDIS_URL = env.str("REDIS_URL", default="")
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "uploads"))
LOA_CREDENTIALS_KEY = env.str("LOA_CREDENTIALS_KEY", default="")
LOA_SANDBOX_URL = env.str("LOA_SANDBOX_URL", default="http://127.0.0.1:8765").rstrip("/")

TELEGRAM_API_URL = env.str("TELEGRAM_API_URL", default="https://api.telegram.org").rstrip("/")
TELEGRAM_PUBLIC_URL = env.str("TELEGRAM_PUBLIC_URL", default="https://t.me").rstrip("/")
TELEGRAM_PROXY_URL = env.str("TELEGRAM_PROXY_URL", default="")
# Off by default: the order of 21 May 2025 to block Telegram in Vietnam was never lifted in writing.
TELEGRAM_LIVE = env.bool("TELEGRAM_LIVE", default=False)
# Telegram's own limits (facts of its FAQ); pacing keeps a little below them.
TELEGRAM_PER_SECOND = env.float("TELEGRAM_PER_SECOND", default=30.0)
TELEGRAM_CHAT_PER_MINUTE = env.float("TELEGRAM_CHAT_PER_MINUTE", default=20.0)
TELEGRAM_CHAT_BURST = env.int("TELEGRAM_CHAT_BURST", default=3)
FACEBOOK_GRAPH_URL = env.str("FACEBOOK_GRAPH_URL", default="https://graph.facebook.com").rstrip("/")
FACEBOOK_VIDEO_URL = env.str("FACEBOOK_VIDEO_URL", default="https://graph-video.facebook.com").rstrip("/")
FACEBOOK_GRAPH_VERSION = env.str("FACEBOOK_GRAPH_VERSION", default="v27.0")
FACEBOOK_SECONDS_PER_POST = env.float("FACEBOOK_SECONDS_PER_POST", default=2.0)
FACEBOOK_APP_PER_SECOND = env.float("FACEBOOK_APP_PER_SECOND", default=10.0)
ZALO_API_URL = env.str("ZALO_API_URL", default="https://openapi.zalo.me").rstrip("/")
ZALO_OAUTH_URL = env.str("ZALO_OAUTH_URL", default="https://oauth.zaloapp.com").rstrip("/")
# Zalo allows 4,000 calls a minute and account; a step takes up to five.
ZALO_STEPS_PER_MINUTE = env.float("ZALO_STEPS_PER_MINUTE", default=600.0)
# When Zalo announces nothing to followers (error -234), in the staff's time zone.
ZALO_NIGHT = env.str("ZALO_NIGHT", default="22:00-06:00")

# Where “Thoát nhanh” leads: a harmless page that nobody wonders about.
LOA_QUICK_EXIT_URL = env.str("LOA_QUICK_EXIT_URL", default="https://www.google.com.vn/")

# Sound: what finished programmes have (ITU-R BS.1770), and which machine voice reads drafts (media/audio).
LOA_SOUND_LUFS = env.float("LOA_SOUND_LUFS", default=-16.0)
LOA_SOUND_PEAK = env.float("LOA_SOUND_PEAK", default=-1.0)
LOA_PIPER_MODEL = env.str("LOA_PIPER_MODEL", default="")
LOA_PIPER_COMMAND = env.str("LOA_PIPER_COMMAND", default="")
LOA_VOICE = env.str("LOA_VOICE", default="piper" if LOA_PIPER_MODEL else "espeak")

LOA_SEND_IN_FLIGHT = env.int("LOA_SEND_IN_FLIGHT", default=64)
LOA_SEND_SEATS = env.int("LOA_SEND_SEATS", default=2)
LOA_GRACE_MINUTES = env.int("LOA_GRACE_MINUTES", default=120)

# --- The application --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "cms",
    "campaigns",
    "publishers",
    "media",
    "wagtail.contrib.settings",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "cms.staff_users_app.StaffUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.locales",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before the session: a kept page needs nothing of what follows.
    "cms.middleware.PublicPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "cms.urls"
WSGI_APPLICATION = "cms.wsgi.application"
AUTH_USER_MODEL = "cms.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "cms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    }
]

DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A writer says so when it begins, so that two writers queue instead of failing half-way.
    # WAL is set once after migrate (cms/apps.py); FULL keeps a committed attempt through a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA synchronous=FULL;",
    }

# Public pages are kept where every process of the site sees them, so that a recall takes them back.
CACHES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "pages": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": env.str("LOA_PAGE_CACHE", default=str(VAR_DIR / "pages")),
        "OPTIONS": {"MAX_ENTRIES": 3000},
    },
}
if REDIS_URL:
    _redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    CACHES = {"default": _redis, "pages": {**_redis, "KEY_PREFIX": "pages"}}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Language and time ------------------------------------------------------------------------------

LANGUAGE_CODE = "vi"
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
# Vietnam has one: nobody is asked to choose.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
USE_I18N = True
# Day before month, read as it is written: Django's own list would take 05/07 for the 7th of May.
FORMAT_MODULE_PATH = ["cms.formats"]
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"
WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y %H:%M"
WAGTAIL_TIME_FORMAT = "%H:%M"
LANGUAGES = campaign_languages()
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_PERMITTED_LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "cms" / "locale_wagtail", BASE_DIR / "cms" / "locale_campaign"]
for _code, _info in language_info().items():
    django_locale.LANG_INFO.setdefault(_code, _info)

# --- Files ------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "cms" / "static"]
# Never /media/: that is the name of the package with the source code (DESIGN section 3).
MEDIA_URL = "/uploads/"
WHITENOISE_USE_FINDERS = True

# --- Wagtail ----------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Loa"
WAGTAILADMIN_USER_LOGIN_FORM = "cms.login.StaffLoginForm"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAILIMAGES_IMAGE_MODEL = "media.Picture"
WAGTAILIMAGES_IMAGE_FORM_BASE = "media.picture_form.PictureForm"
# What media.images.clean_upload takes; it keeps pixels only and stores JPEG or PNG.
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "heic", "avif"]
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64_000_000
WAGTAILDOCS_DOCUMENT_MODEL = "media.StoredDocument"
# An address stays readable wherever it is pasted (campaigns/models/addresses.py).
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
# A superuser is no reader and no approver: letters go to those whose word is waited for.
WAGTAILADMIN_NOTIFICATION_INCLUDE_SUPERUSERS = False
WAGTAIL_FINISH_WORKFLOW_ACTION = "campaigns.workflow.publish_approved"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS: list[dict[str, object]] = []
LOGIN_URL = "wagtailadmin_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"

# --- Security ---------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE_URL.startswith("https://") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Celery -----------------------------------------------------------------------------------------

CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Two send for up to 20 s, and beside them there must be somebody for everything else.
CELERY_WORKER_CONCURRENCY = env.int("CELERY_WORKER_CONCURRENCY", default=4)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.05} if CELERY_BROKER_URL == "memory://" else {}
CELERY_BEAT_SCHEDULE = {
    # A tick is only a hint: the database says what is due. A late tick is thrown away.
    "send-due": {"task": "publishers.send_due", "schedule": 1.0, "options": {"expires": 2}},
    "clear-up-lost-answers": {"task": "publishers.reconcile", "schedule": 15.0, "options": {"expires": 15}},
    "collect-readings": {"task": "publishers.collect_readings", "schedule": 900.0, "options": {"expires": 600}},
    # Before the channels are checked. Zalo's refresh tokens last three months from each exchange.
    "refresh-tokens": {"task": "publishers.refresh_tokens", "schedule": crontab(hour="6", minute="10")},
    "fetch-news": {"task": "publishers.fetch_news", "schedule": 120.0, "options": {"expires": 110}},
    "work-on-webhooks": {"task": "publishers.webhooks_left", "schedule": 300.0, "options": {"expires": 240}},
    "check-channels": {"task": "publishers.check_channels", "schedule": crontab(hour="6", minute="30")},
    "sound-left": {"task": "campaigns.sound_left", "schedule": 60.0, "options": {"expires": 50}},
    "posters-left": {"task": "campaigns.posters_left", "schedule": 60.0, "options": {"expires": 50}},
    "finish-withdrawals": {"task": "campaigns.finish_withdrawals", "schedule": 60.0, "options": {"expires": 50}},
    # Several times each morning: a person is reminded once a day, and a beat that was down at seven is made up for.
    "remind": {"task": "campaigns.remind", "schedule": crontab(hour="7-10", minute="0")},
    "fold-ledger": {"task": "campaigns.fold_ledger", "schedule": 300.0, "options": {"expires": 240}},
}

EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
# A mail server that does not answer must not hold up whoever presses a button.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="loa@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "publishers.redact.RedactFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]},
    },
    # kombu warns that the in-process broker has no host name, which it cannot have.
    "loggers": {"kombu.connection": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

DEFAULT_EXCEPTION_REPORTER = "publishers.redact.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "publishers.redact.ReportFilter"

if not SECRET_KEY:
    from cms.secret_key import kept_secret_key

    SECRET_KEY = kept_secret_key(VAR_DIR / "secret_key")
