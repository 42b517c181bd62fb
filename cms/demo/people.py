"""The demo's staff: invented people, one for each role that the job needs."""

import os
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils.crypto import get_random_string

from campaigns.models import Agency, Language
from cms.models import User
from cms.roles import ROLES

# username, role key, last and first name, agency
STAFF = (
    ("soanthao", "author", "Giàng Thị", "Mẫu", "hoi-lhpn-tinh"),
    ("nguoidich", "translator", "Thào Thị", "Mẫu", "hoi-lhpn-tinh"),
    ("banngu", "native_reviewer", "Sùng Văn", "Mẫu", "hoi-lhpn-tinh"),
    ("pheduyet", "approver", "Nguyễn Văn", "Mẫu", "cong-an-tinh"),
    ("bientap", "senior_editor", "Hoàng Thị", "Mẫu", "cong-an-tinh"),
    ("kenh", "channel_manager", "Trần Thị", "Mẫu", "cong-an-tinh"),
    ("kybaocao", "report_signer", "Lê Văn", "Mẫu", "ubnd-tinh"),
    ("quantri", "administrator", "Quản trị", "Mẫu", "ubnd-tinh"),
)
REVIEWED_LANGUAGE = "mong-rpa"


def kept_password(folder: Path) -> str:
    """One password for all demo accounts, made at random once and kept for its owner only."""
    path = folder / "password"
    if not path.exists():
        draft = folder / f"password.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            # As it is typed, with nothing around it: people copy it from this file.
            file.write(get_random_string(12, "abcdefghjkmnpqrstuvwxyz23456789"))
        draft.replace(path)
    return path.read_text().strip().strip('"')


def ensure_staff(folder: Path) -> dict[str, User]:
    """Make the accounts that are missing, put them into their roles, and return them by role."""
    password = kept_password(folder)
    hashed = ""
    agencies = {agency.key: agency for agency in Agency.objects.all()}
    staff = {}
    for username, role, last_name, first_name, agency in STAFF:
        user, _made = User.objects.get_or_create(
            username=username, defaults={"last_name": last_name, "first_name": first_name}
        )
        if not user.has_usable_password() or not user.password:
            # One hash for all of them: making each its own costs seconds on a small machine.
            hashed = hashed or make_password(password)
            user.password = hashed
            user.save()
        user.groups.add(Group.objects.get(name=ROLES[role].name))
        if agency in agencies:
            agencies[agency].members.add(user)
        staff[role] = user
    language = Language.objects.get(key=REVIEWED_LANGUAGE)
    for role, group in (("native_reviewer", language.reviewers), ("translator", language.translators)):
        if group is not None:
            staff[role].groups.add(group)
    return staff
