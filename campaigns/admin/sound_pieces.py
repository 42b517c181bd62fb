"""Own jingles and greetings instead of Loa's: of one campaign or all, in one language or all."""

import hashlib
import io
from typing import Any

from django import forms
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.models import Campaign, Language, SoundPiece
from campaigns.sound.works import write_whole
from media.audio.sound import SoundError
from media.audio.uploads import take_in

TITLE = gettext_lazy("Jingles and greetings")
CHANGE = "campaigns.change_campaign"
FOLDER = "recordings/pieces"
# Short enough to be looked through at once.
MOST_BYTES = 6_000_000
MOST_SECONDS = 30


class PieceForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=SoundPiece.KINDS, widget=forms.RadioSelect)
    file = forms.FileField(label=gettext_lazy("Sound file"), widget=forms.FileInput(attrs={"accept": "audio/*"}))
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        label=gettext_lazy("Campaign"),
        required=False,
        empty_label=gettext_lazy("All campaigns"),
    )
    language = forms.ModelChoiceField(
        Language.objects.all(),
        label=gettext_lazy("Language"),
        required=False,
        empty_label=gettext_lazy("All languages"),
    )
    own = forms.BooleanField(
        label=gettext_lazy("We made it ourselves or may use it in public; nobody in it has to be protected")
    )

    def clean_file(self) -> Any:
        """:raises ValidationError: with the reason, for what is no short sound."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("It may last %(seconds)d seconds at most.") % {"seconds": MOST_SECONDS})
        try:
            self.taken = take_in(io.BytesIO(upload.read()))
        except SoundError as refused:
            raise forms.ValidationError(str(refused), code=refused.code) from refused
        if self.taken.measured.seconds > MOST_SECONDS:
            raise forms.ValidationError(_("It may last %(seconds)d seconds at most.") % {"seconds": MOST_SECONDS})
        return upload

    def store(self, user: Any) -> SoundPiece:
        """Keep it. What it replaces stays on the disk: programmes that were approved with it may be made anew."""
        data, digest = self.taken.mp3, hashlib.sha256(self.taken.mp3).hexdigest()
        name = f"{FOLDER}/{digest}.mp3"
        if not default_storage.exists(name):
            write_whole(name, data)
        chosen = {key: self.cleaned_data[key] for key in ("kind", "campaign", "language")}
        SoundPiece.objects.filter(**chosen).delete()
        piece = SoundPiece.objects.create(
            **chosen, file=name, sha256=digest, seconds=round(self.taken.measured.seconds, 2), created_by=user
        )
        log(instance=piece, action="wagtail.create", user=user)
        return piece


class SoundPiecesView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """The list, and a form for a new one."""

    requires = SEE_POSTINGS
    requires_to_post = CHANGE
    template_name = "campaigns/admin/sound/pieces.html"
    page_title = TITLE
    header_icon = "media"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "delete":
            number = request.POST.get("piece", "")
            piece = get_object_or_404(SoundPiece, pk=number if number.isdecimal() else 0)
            log(instance=piece, action="wagtail.delete", user=request.user)
            piece.delete()
            messages.success(request, _("It is not used any more."))
            return redirect(request.path)
        form = PieceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        form.store(request.user)
        messages.success(request, _("Programmes that are made from now on have it."))
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        rows = SoundPiece.objects.select_related("campaign", "language", "created_by")
        return {
            "form": PieceForm(),
            **super().get_context_data(**kwargs),
            "header_title": TITLE,
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": TITLE}],
            "rows": [(row, default_storage.url(row.file)) for row in rows],
            "may_change": user.has_perm(CHANGE),
        }
