"""Causes and cures of Telegram's errors, in the words of staff (facts B5)."""

from django.utils.translation import gettext_lazy as _

from publishers.platform import Explanation

EXPLANATIONS: dict[str, Explanation] = {
    "bad-token": Explanation(
        _("Telegram does not know this bot token (any more)."),
        _("Ask @BotFather for a new token and enter it in the channel."),
    ),
    "chat-not-found": Explanation(
        _("Telegram does not know this channel, or the bot was never added to it."),
        _("Check the channel's name and add the bot as an administrator."),
    ),
    "chat-moved": Explanation(
        _("The group became a supergroup and has a new number (see below)."), _("Enter the new number.")
    ),
    "not-member": Explanation(
        _("The bot was removed from the channel."), _("Add the bot to the channel again as an administrator.")
    ),
    "no-rights": Explanation(_("The bot may not post in this channel."), _("Give the bot the right to post messages.")),
    "too-long": Explanation(_("The text is too long for Telegram."), _("Shorten the text for social networks.")),
    "empty": Explanation(_("There was no text to post."), _("Write a text for social networks.")),
    "bad-format": Explanation(
        _("Telegram could not read the text's marks."), _("Tell your technician; the text itself is right.")
    ),
    "bad-picture": Explanation(
        _("Telegram did not accept the picture."), _("Use a JPEG or PNG below 10 MB that is not too narrow.")
    ),
    "bad-file": Explanation(
        _("Telegram did not accept the recording, video or file."),
        _("Use MP3 or M4A for sound, MP4 for video, each below 50 MB."),
    ),
    "too-big": Explanation(
        _("The file is larger than Telegram takes."), _("Use a file below 50 MB, a picture below 10 MB.")
    ),
    "not-modified": Explanation(_("The post says this already."), _("Nothing needs to be done.")),
    "already-gone": Explanation(_("The post is not there any more."), _("Nothing needs to be done.")),
    "gone": Explanation(
        _("The post that was to be changed is not there any more."),
        _("Somebody deleted it in the channel. Post it anew if it is still needed."),
    ),
    "cannot-delete": Explanation(
        _("Telegram does not let the bot delete this post."),
        _("Delete it by hand in the channel, or give the bot the right to delete messages."),
    ),
    "cannot-edit": Explanation(
        _("Telegram does not let the bot change this post."),
        _("Change it by hand in the channel, or recall it and post it anew."),
    ),
    "partial-album": Explanation(
        _("Telegram stopped in the middle of an album: some of its pictures may be in the channel."),
        _("Look at the channel and delete what is there, then press “Send again”; or press “It is there”."),
    ),
    "live-off": Explanation(
        _("Telegram is switched off for live channels on this installation."),
        _("The order to block Telegram in Vietnam is unresolved; set TELEGRAM_LIVE=1 if it is allowed."),
    ),
    "webhook-active": Explanation(
        _("This bot already sends its news to another address (webhook)."),
        _("Enter the webhook secret here if that address is Loa's; otherwise remove that webhook."),
    ),
}
