"""How abbreviations and names are said on the loudspeakers, as staff set it over what Loa knows."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from media.speech import spoken


class SpokenWord(models.Model):
    """One entry laid over ``media/speech/lexicon.csv``: what is written, and what is said for it."""

    written = models.CharField(
        _("as written"), max_length=40, unique=True, help_text=_("Exactly as in the texts: HTX, BĐBP, VNeID.")
    )
    spoken = models.CharField(_("as said"), max_length=160, help_text=_("In plain words: hợp tác xã."))
    note = models.CharField(_("note"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("abbreviation read aloud")
        verbose_name_plural = _("abbreviations read aloud")
        ordering = ["written"]

    def __str__(self) -> str:
        return f"{self.written} → {self.spoken}"

    def clean(self) -> None:
        """Refuse what would be read out for ever, or what is no abbreviation at all."""
        super().clean()
        self.written, self.spoken = " ".join(self.written.split()), " ".join(self.spoken.split())
        if not any(character.isalpha() for character in self.written):
            raise ValidationError({"written": _("An abbreviation has at least one letter.")})
        try:
            spoken(self.written, {**lexicon(), self.written: self.spoken})
        except ValueError as error:
            raise ValidationError(
                {"spoken": _("This leads back to itself when it is read. Write the words in full.")}
            ) from error


def lexicon() -> dict[str, str]:
    """The entries of this installation, as ``media.speech`` takes them."""
    return dict(SpokenWord.objects.values_list("written", "spoken"))
