"""Causes and cures of Zalo's error numbers, in the words of staff (Official Account appendix, facts C7)."""

from django.utils.translation import gettext_lazy as _

from publishers.platform import Explanation

_RECONNECT = _("The Official Account's administrator gives consent anew; enter the new pair of tokens.")
_WAIT = _("Loa waits and tries again by itself.")
_TECHNICIAN = _("Show this to your technician.")
_PERSONAL = _("Loa writes to nobody personally; show this to your technician.")
_ADMIN = _("Look at the Official Account in Zalo's administration (oa.zalo.me) and mend it there.")

EXPLANATIONS: dict[str, Explanation] = {
    "-32": Explanation(_("Zalo was asked too often in a minute; nothing was sent."), _WAIT),
    "-100": Explanation(_("The article to announce has expired at Zalo."), _("Post it anew.")),
    "-124": Explanation(_("Zalo does not accept the access token."), _RECONNECT),
    "-200": Explanation(
        _("Zalo could not use the cover picture, so there is no article."),
        _("Use a JPEG or PNG of at most 1 MB at a public address, then press “Send again”."),
    ),
    "-201": Explanation(
        _("Zalo refused one part of the article (named below)."), _("Mend what it names and post it anew.")
    ),
    "-204": Explanation(_("The Official Account is switched off."), _ADMIN),
    "-205": Explanation(_("Zalo knows no such Official Account."), _("Check the number of the account (oa_id).")),
    "-209": Explanation(
        _("The app is not active, or Zalo has dropped this interface."),
        _("Activate the app on developers.zalo.me. If it is active, show this to your technician."),
    ),
    "-210": Explanation(_("A part of the article is longer than Zalo takes."), _("Shorten it and post it anew.")),
    "-211": Explanation(
        _("The account's quota is used up."),
        _("Wait for the next day or month, or buy a larger package, then press “Send again”."),
    ),
    "-212": Explanation(
        _("The app is not registered for this interface."),
        _("Register it on developers.zalo.me (Official Account, articles) and give consent anew."),
    ),
    "-213": Explanation(_("The person does not follow the account."), _PERSONAL),
    "-214": Explanation(_("Zalo is still working on the article."), _WAIT),
    "-216": Explanation(_("Zalo does not accept the access token."), _RECONNECT),
    "-217": Explanation(_("The person has blocked invitations of the account."), _PERSONAL),
    "-218": Explanation(_("The person may get no more messages for now."), _PERSONAL),
    "-219": Explanation(
        _("The app was removed or switched off."), _("Activate the app on developers.zalo.me and give consent anew.")
    ),
    "-220": Explanation(_("The access token has run out or was removed."), _RECONNECT),
    "-221": Explanation(
        _("The Official Account is not verified."), _("Have it verified by Zalo (oa.zalo.me, verification).")
    ),
    "-223": Explanation(
        _("The account has not allowed the app to manage its articles."),
        _("Give consent anew and tick “Quản lý bài viết” (manage articles)."),
    ),
    "-224": Explanation(
        _("The account's package does not include this."),
        _("Buy a package with articles (zalo.cloud/oa/pricing), or post by hand in Zalo's administration."),
    ),
    "-227": Explanation(_("The person's account is banned or was not used for 45 days."), _PERSONAL),
    "-230": Explanation(_("The person has not written to the account for seven days."), _PERSONAL),
    "-232": Explanation(_("The person has not written to the account for seven days."), _PERSONAL),
    "-233": Explanation(_("Zalo does not support this kind of message."), _TECHNICIAN),
    "-234": Explanation(
        _("At night Zalo announces nothing to followers. The article itself is there."),
        _("The announcement goes out by itself in the morning (see below). To stop it, recall the post."),
    ),
    "-235": Explanation(
        _("This interface is not open to this kind of account."),
        _("Ask Zalo for an account of a state agency, or post by hand."),
    ),
    "-237": Explanation(_("The group has expired."), _PERSONAL),
    "-238": Explanation(_("This asset was used already."), _TECHNICIAN),
    "-240": Explanation(_("Zalo has shut this old interface down."), _TECHNICIAN),
    "-241": Explanation(_("This asset was used already."), _TECHNICIAN),
    "-242": Explanation(
        _("The app secret is not the one of this app."), _("Copy the app secret from developers.zalo.me and enter it.")
    ),
    "-244": Explanation(_("The person does not want this kind of message."), _PERSONAL),
    "-248": Explanation(
        _("Zalo says that the content or the account breaks its standards."),
        _("Read Zalo's notice to the account, mend the content, have it approved again."),
    ),
    "-320": Explanation(
        _("The app is not linked to a Zalo Cloud account."), _("Link it on zalo.cloud; the one who pays can do it.")
    ),
    "-321": Explanation(_("The Zalo Cloud account has no money left."), _("Top it up, then press “Send again”.")),
    "-403": Explanation(_("The account is not in this group."), _PERSONAL),
    "consent-needed": Explanation(
        _("Zalo refused to renew the access; the stored refresh token is used up or too old."), _RECONNECT
    ),
    "token-refused": Explanation(
        _("Zalo refuses the access token although it was renewed just now."),
        _("Check that app and account belong together, then give consent anew."),
    ),
    "bad-app": Explanation(
        _("Zalo does not accept the app's number and secret."),
        _("Copy both from developers.zalo.me and enter them in the channel."),
    ),
    "renewal-lost": Explanation(
        _("Zalo did not answer when the access was to be renewed; nothing was sent."), _WAIT
    ),
    "no-cover": Explanation(
        _("A Zalo article needs a cover picture."), _("Choose a picture for the content and have it approved.")
    ),
    "cover-not-public": Explanation(
        _("Zalo fetches the cover itself and cannot reach this installation's address."),
        _("Set SITE_URL to the address at which the public reaches this site."),
    ),
    "other-account": Explanation(
        _("The tokens belong to another Official Account."), _("Enter the tokens of the account named in oa_id.")
    ),
    "broadcast-unknown": Explanation(
        _("The article is there; whether the announcement to followers left is not known, and Zalo cannot be asked."),
        _("Look into “Tin truyền thông” in Zalo's administration, then decide. Sending again costs quota."),
    ),
}
