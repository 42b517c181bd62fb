"""Seal the channels' credentials anew under the newest key of LOA_CREDENTIALS_KEY."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from publishers.credentials import CannotUnseal, is_newest, reseal
from publishers.models import Channel


class Command(BaseCommand):
    help = "Seal all credentials anew with the first key of LOA_CREDENTIALS_KEY; the old key can go afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if an old key is still needed")

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = Channel.objects.exclude(sealed="").values_list("pk", "sealed")
        old = [pk for pk, text in sealed if not is_newest(text)]
        if options["check"]:
            self._say_what_is_old(old)
            return
        lost = [name for pk in old if (name := self._reseal(pk))]
        self.stdout.write(f"Đã niêm phong lại {len(old) - len(lost)} kênh bằng khóa mới nhất.")
        if lost:
            names = ", ".join(lost)
            raise CommandError(f"không mở được mã truy cập của: {names}; hãy nhập lại ở trang kênh", returncode=1)

    def _say_what_is_old(self, old: list[int]) -> None:
        if old:
            text = f"{len(old)} kênh còn cần khóa cũ; chạy reseal_credentials trước khi bỏ nó"
            raise CommandError(text, returncode=1)
        self.stdout.write("Mọi kênh đã dùng khóa mới nhất.")

    @staticmethod
    def _reseal(pk: int) -> str:
        """One channel in a transaction of its own, so that a renewal under way is neither lost nor blocked long."""
        with transaction.atomic():
            channel = Channel.objects.select_for_update().get(pk=pk)
            try:
                Channel.objects.filter(pk=pk).update(sealed=reseal(channel.sealed))
            except CannotUnseal:
                return channel.name
        return ""
