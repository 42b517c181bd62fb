"""Causes and cures of Facebook's errors, in the words of staff (facts A4)."""

from django.utils.translation import gettext_lazy as _

from publishers.platform import Explanation

EXPLANATIONS: dict[str, Explanation] = {
    "bad-token": Explanation(
        _("Facebook does not accept the page token (any more)."),
        _("The person who connected the page signs in again and enters a new page token."),
    ),
    "page-token-needed": Explanation(
        _("This is the token of a person, not of the page."),
        _("Fetch the page's own token (list of pages, field access_token) and enter that."),
    ),
    "other-page": Explanation(
        _("The token belongs to another page."), _("Enter the token of the page whose number is in the channel.")
    ),
    "token-ends": Explanation(
        _("The page token runs out within three days."),
        _("The person who connected the page signs in again and enters a new page token."),
    ),
    "token-of-a-person": Explanation(
        _("The page token hangs on one person: it dies when that person changes the password or leaves the page."),
        _("A token of a system user (Meta Business settings) does not."),
    ),
    "no-insights": Explanation(
        _("The token lacks the permission read_insights: Facebook will tell no figures."),
        _("Give the app read_insights and connect the page again."),
    ),
    "no-permission": Explanation(
        _("The app lacks a permission for this page."),
        _("Give the app pages_manage_posts and pages_read_engagement and connect the page again."),
    ),
    "bad-app": Explanation(
        _("Facebook does not accept the app's number and secret."),
        _("Copy both from the app's settings on developers.facebook.com and enter them in the channel."),
    ),
    "no-capability": Explanation(
        _("The app may not use this interface."),
        _("Have the app reviewed on developers.facebook.com, or show this to your technician."),
    ),
    "duplicate": Explanation(
        _("Facebook says that the same text was just posted; an earlier try may have worked."),
        _("Loa looks for it on the page. If it is there, press “It is there”."),
    ),
    "blocked": Explanation(
        _("Facebook has blocked the page for a while."), _("Look at the page's quality notices before going on.")
    ),
    "link-unreadable": Explanation(
        _("Facebook could not read the linked page."), _("Check that SITE_URL can be reached from outside.")
    ),
    "gone": Explanation(_("The post is not there any more."), _("Nothing needs to be done.")),
    "bad-picture": Explanation(
        _("Facebook did not accept the picture."), _("Use a JPEG below 10 MB or a PNG below 1 MB.")
    ),
    "bad-video": Explanation(
        _("Facebook did not accept the video."), _("Use an MP4 (H.264, AAC) and post it anew.")
    ),
    "video-processing": Explanation(
        _("Facebook is still working on the video."), _("Loa waits and tries again by itself.")
    ),
    "too-long": Explanation(_("The text is too long for Facebook."), _("Shorten the text for social networks.")),
    "bad-parameter": Explanation(
        _("Facebook refused one part of the post (named below)."), _("Mend what it names and post it anew.")
    ),
}
