"""The fixed words of the campaigns: languages, groups, content heads, hotlines, rights texts."""

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import check_for_language, get_supported_language_variant
from django.utils.translation import gettext_lazy as _


class Language(models.Model):
    """A campaign language. The key is our own: two languages may share one ISO code.

    ``code`` is the Wagtail locale, URL prefix and ``lang`` attribute. A spoken-only language's version
    is a recording with a Vietnamese transcript.
    """

    key = models.SlugField(_("key"), unique=True)
    name_vi = models.CharField(_("name in Vietnamese"), max_length=80)
    own_name = models.CharField(_("own name"), max_length=80, blank=True)
    iso = models.CharField(_("ISO 639 code"), max_length=8, blank=True)
    branch = models.CharField(_("branch"), max_length=80, blank=True)
    orthography = models.CharField(_("script"), max_length=80, blank=True)
    code = models.CharField(_("locale code"), max_length=20, unique=True)
    spoken_only = models.BooleanField(_("only spoken"), default=False)
    syllables_per_minute = models.PositiveIntegerField(_("syllables a minute"), default=190)
    order = models.PositiveIntegerField(_("order"), default=0)
    note = models.TextField(_("note"), blank=True)
    translators = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("translators")
    )
    reviewers = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("native reviewers")
    )

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name_vi

    def clean(self) -> None:
        """A code that the site cannot tell from its sibling's would lend that one's pages its name.

        :raises ValidationError: for a code that is not among the site's languages, or resolves to another.
        """
        super().clean()
        try:
            resolved = check_for_language(self.code) and get_supported_language_variant(self.code, strict=True)
        except LookupError:
            resolved = ""
        if resolved != self.code or self.code not in dict(settings.LANGUAGES):
            said = _("The site does not know the code “%(code)s”. Ask the administrator to add the language first.")
            raise ValidationError({"code": said % {"code": self.code}})

    @property
    def shown_name(self) -> str:
        """What its own readers call it."""
        return self.own_name or self.name_vi


class TargetGroup(models.Model):
    """Whom a text is for."""

    key = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    order = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("target group")
        verbose_name_plural = _("target groups")
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name


class ContentHead(models.Model):
    """One of the eight content heads of Law 53/2024/QH15, Article 7."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    name = models.CharField(_("name"), max_length=255)
    source = models.CharField(_("source"), max_length=255)

    class Meta:
        verbose_name = _("content head")
        verbose_name_plural = _("content heads")
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class HotlineQuerySet(models.QuerySet["Hotline"]):
    def usable_on(self, day: dt.date) -> "HotlineQuerySet":
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class Hotline(models.Model):
    """A number that texts may name: only registered ones are allowed."""

    number = models.CharField(_("number"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    owner = models.CharField(_("run by"), max_length=160)
    scope = models.CharField(_("valid where"), max_length=120)
    hours = models.CharField(_("hours"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=255)
    checked_on = models.DateField(_("checked on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    order = models.PositiveIntegerField(_("order"), default=0)

    objects = HotlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("hotline")
        verbose_name_plural = _("hotlines")
        ordering = ["order", "number"]
        constraints = [models.UniqueConstraint(fields=["number", "scope"], name="hotline_once_per_scope")]

    def __str__(self) -> str:
        return f"{self.number} – {self.name}"

    @property
    def dial(self) -> str:
        """The number as a ``tel:`` link wants it."""
        return "".join(mark for mark in self.number if mark.isdigit() or mark == "+")


class RightsText(models.Model):
    """The approved sentence and passage on victims' rights and support, in one language."""

    language = models.ForeignKey(Language, on_delete=models.PROTECT, related_name="rights_texts")
    sentence = models.TextField(_("one sentence"))
    passage = models.TextField(_("full passage"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=255)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        verbose_name = _("rights and support text")
        verbose_name_plural = _("rights and support texts")
        ordering = ["language", "-valid_from"]
        constraints = [models.UniqueConstraint(fields=["language", "valid_from"], name="rights_text_once_per_date")]

    def __str__(self) -> str:
        return f"{self.language} {self.valid_from:%d/%m/%Y}"
