"""Uploaded recordings made safe: only sound, and nothing that says where, when and with what it was made.

The sound is not touched: what a phone wrote around it is cut off or blanked in its place, so that every offset
inside the file stays true. Known are the containers that phones and browsers record in: WAV, MP3, AAC, AMR, Ogg
(Opus, Vorbis), MP4 and 3GP, WebM. No library that is at hand removes the place from all of them.
"""

import re
import struct
from collections.abc import Callable, Iterator

from django.utils.translation import gettext

MOST_BYTES = 200_000_000
# Real files lie five deep at most; a file made to be slow would go on.
DEEPEST = 8
_BLANKS = re.compile(rb"\0*")


class RefusedRecording(ValueError):
    """Why a file is not taken. ``code``: empty, too-large, no-recording or broken."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def clean_recording(data: bytes) -> bytes:
    """The same sound without its metadata.

    :raises RefusedRecording: for what is no sound of the kinds above (by its content; a name is never believed),
        or cannot be read to its end.
    """
    if not data:
        raise RefusedRecording("empty", gettext("The file is empty."))
    if len(data) > MOST_BYTES:
        raise RefusedRecording("too-large", gettext("The recording is larger than 200 MB."))
    cleaner = _cleaner_of(data)
    if cleaner is None:
        raise RefusedRecording(
            "no-recording", gettext("This is not a recording. Take an MP3, M4A, OGG, WAV or WebM file.")
        )
    try:
        return cleaner(data)
    except (struct.error, IndexError, ValueError) as error:
        if isinstance(error, RefusedRecording):
            raise
        raise _broken() from error


def _broken() -> RefusedRecording:
    return RefusedRecording("broken", gettext("The recording is damaged or holds more than sound."))


def _cleaner_of(data: bytes) -> Callable[[bytes], bytes] | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return _clean_wav
    if data[:4] == b"OggS":
        return _clean_ogg
    if data[4:8] == b"ftyp":
        return _clean_mp4
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return _clean_webm
    if data[:5] == b"#!AMR":
        return bytes
    if data[:3] == b"ID3" or _is_frame(data):
        return _clean_mpeg
    return None


# --- MP3 and AAC: tags before and after the frames ------------------------------------------------------


def _is_frame(data: bytes) -> bool:
    """A frame of MPEG audio or ADTS begins with eleven set bits, and is of no reserved layer or rate."""
    return len(data) > 3 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[2] & 0xF0 != 0xF0


def _clean_mpeg(data: bytes) -> bytes:
    start, end = _after_first_tags(data), len(data)
    while (shorter := _before_last_tag(data, end)) is not None:
        # A length that lies would lead back or nowhere, for ever.
        if not start < shorter < end:
            raise _broken()
        end = shorter
    view = data[start:end]
    if not _is_frame(view):
        raise _broken()
    return view


def _after_first_tags(data: bytes) -> int:
    """Where the sound begins: after every ID3v2 tag, and the blanks that fill them up."""
    at = 0
    while data[at : at + 3] == b"ID3":
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at = _BLANKS.match(data, at + 10 + size + (10 if data[at + 5] & 0x10 else 0)).end()  # type: ignore[union-attr]
    return at


def _before_last_tag(data: bytes, end: int) -> int | None:
    """Where the ID3v1, APE or Lyrics3 tag before ``end`` begins; None when there is none."""
    tail = data[max(0, end - 128) : end]
    if len(tail) == 128 and tail[:3] == b"TAG":
        return end - 128
    if tail[-32:-24] == b"APETAGEX":
        size, _items, flags = struct.unpack("<III", tail[-20:-8])
        return end - int(size) - (32 if flags & 0x80000000 else 0)
    if tail[-9:] == b"LYRICS200":
        return end - int(tail[-15:-9]) - 15
    return None


# --- WAV: chunks ----------------------------------------------------------------------------------------


def _clean_wav(data: bytes) -> bytes:
    """Format, counts and samples; broadcast and place chunks, and what lies behind the end, are left behind."""
    kept, at = [], 12
    while at + 8 <= len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if name in (b"fmt ", b"fact", b"data"):
            kept.append(struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2))
        if name == b"data":
            break
        at += 8 + size + size % 2
    if [chunk[:4] for chunk in kept][:1] != [b"fmt "] or kept[-1][:4] != b"data":
        raise _broken()
    whole = b"WAVE" + b"".join(kept)
    return struct.pack("<4sI", b"RIFF", len(whole)) + whole


# --- MP4, M4A and 3GP: boxes ----------------------------------------------------------------------------

_INSIDE = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf", b"dinf")
_KEPT = frozenset(
    b"ftyp styp mdat moov mvhd trak tkhd edts elst mdia mdhd hdlr minf smhd nmhd dinf dref stbl stsd stts stsc stsz "
    b"stz2 stco co64 stss ctts cslg sgpd sbgp subs saiz saio mvex mehd trex trep moof mfhd traf tfhd tfdt trun sidx "
    b"mfra tfra mfro iods tref".split()
)
# Where the creation and modification times lie in a header box, by its version: four bytes each, or eight.
_TIMED = (b"mvhd", b"tkhd", b"mdhd")


def _clean_mp4(data: bytes) -> bytes:
    out = bytearray(data)
    for name, start, body, end in _boxes(data, 0, len(data)):
        if name == b"hdlr":
            # QuickTime's second kind says where the data lies, not what it is.
            if data[body + 8 : body + 12] != b"soun" and data[body + 4 : body + 8] != b"dhlr":
                raise _broken()  # a film, or a track that says where the phone was
            _blank(out, body + 24, end - 1)
        elif name in _TIMED:
            _blank(out, body + 4, body + (20 if data[body] else 12))
        elif name not in _KEPT:  # metadata, padding, and whatever is not known
            out[start + 4 : start + 8] = b"free"
            _blank(out, body, end)
    return bytes(out)


def _boxes(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int, int]]:
    """Each box as name, its beginning, that of its body, and its end; those within after the one around them."""
    if depth > DEEPEST:
        raise _broken()
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", data[start : start + 8])
        body = start + 8
        if size == 1:
            size, body = struct.unpack(">Q", data[body : body + 8])[0], body + 8
        after = end if size == 0 else start + size
        if after > end or after < body:
            raise _broken()
        yield name, start, body, after
        if name in _INSIDE:
            yield from _boxes(data, body, after, depth + 1)
        start = after


def _blank(out: bytearray, start: int, end: int) -> None:
    if end > start:
        out[start:end] = bytes(end - start)


# --- Ogg: the packet of comments ------------------------------------------------------------------------


def _clean_ogg(data: bytes) -> bytes:
    """The comment packet says nothing any more; it keeps its length, so that only checksums are new."""
    out = bytearray(data)
    pages = list(_ogg_pages(data))
    if not pages:
        raise _broken()
    serial = data[pages[0][0] + 14 : pages[0][0] + 18]
    if any(data[start + 14 : start + 18] != serial for start, _body, _end in pages):
        raise _broken()  # a second stream beside the sound
    first = data[pages[0][1] :]
    if not first.startswith((b"OpusHead", b"\x01vorbis")):
        raise _broken()
    spans = _second_packet(data, pages)
    packet = b"".join(data[start:end] for _page, start, end in spans)
    silent = _silent_comments(packet)
    done = 0
    for _page, start, end in spans:
        out[start:end] = silent[done : done + end - start]
        done += end - start
    for number in {page for page, _start, _end in spans}:
        start, _body, end = pages[number]
        out[start + 22 : start + 26] = bytes(4)
        out[start + 22 : start + 26] = struct.pack("<I", _ogg_sum(out[start:end]))
    return bytes(out[: pages[-1][2]])


def _ogg_pages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each page as its beginning, that of its body, and its end; a cut last page is left behind."""
    at = 0
    while data[at : at + 4] == b"OggS":
        body = at + 27 + data[at + 26]
        end = body + sum(data[at + 27 : body])
        if end > len(data):
            break
        yield at, body, end
        at = end


def _second_packet(data: bytes, pages: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Where the second packet lies, as page, begin and end: it begins on the second page and may go on over others."""
    spans = []
    for number, (start, body, _end) in enumerate(pages[1:], 1):
        at = body
        for length in data[start + 27 : body]:
            spans.append((number, at, at + length))
            at += length
            if length < 255:
                return spans
    raise _broken()


def _silent_comments(packet: bytes) -> bytes:
    """A comment header of the same length: a vendor of blanks and no comment (RFC 7845, section 5.2; Vorbis I, 5)."""
    if packet.startswith(b"OpusTags"):
        blanks = len(packet) - 16
        return b"OpusTags" + struct.pack("<I", blanks) + b" " * blanks + bytes(4)
    if packet.startswith(b"\x03vorbis"):
        blanks = len(packet) - 16
        return b"\x03vorbis" + struct.pack("<I", blanks) + b" " * blanks + bytes(4) + b"\x01"
    raise _broken()


def _table() -> list[int]:
    sums = []
    for byte in range(256):
        value = byte << 24
        for _bit in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        sums.append(value)
    return sums


_SUMS = _table()


def _ogg_sum(page: bytes | bytearray) -> int:
    """The checksum of a page (RFC 3533): CRC-32 with the polynomial 0x04c11db7, from the highest bit on."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ _SUMS[value >> 24 ^ byte]
    return value


# --- WebM: elements -------------------------------------------------------------------------------------

_SEGMENT, _CLUSTER, _INFO, _TRACKS, _ENTRY = 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B, 0xAE
_TAGS, _ATTACHMENTS, _CHAPTERS, _VOID = 0x1254C367, 0x1941A469, 0x1043A770, 0xEC
_TRACK_TYPE, _TRACK_NAME = 0x83, 0x536E
_WRITERS = (0x4D80, 0x5741)  # MuxingApp, WritingApp: they must be there, but may be blank
_TOLD = (0x7BA9, 0x4461, 0x7384, 0x3C83AB, 0x3E83BB, 0x73A4, _TRACK_NAME)  # title, date, file names, number
_TOP = (_SEGMENT, _CLUSTER, _INFO, _TRACKS, _ENTRY)
_SOUND = 2


def _clean_webm(data: bytes) -> bytes:
    out = bytearray(data)
    for name, start, body, end in _elements(data, 0, len(data)):
        if name == _TRACK_TYPE and data[body] != _SOUND:
            raise _broken()
        if name in _WRITERS:
            _blank(out, body, end)
        elif name in (_TAGS, _ATTACHMENTS, _CHAPTERS, _VOID, *_TOLD):
            _make_void(out, start, end)
    return bytes(out)


def _elements(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, int, int, int]]:
    """Each element as name, beginning, body and end; of those that are read, those within, too."""
    if depth > DEEPEST:
        raise _broken()
    while start < end:
        name, body = _number(data, start, keep_mark=True)
        size, body = _number(data, body, keep_mark=False)
        # A size of all ones: as far as it goes, for a live recording does not know it yet.
        after = end if size is None else body + size
        if after > end:
            after = end  # cut off while recording
        yield name or 0, start, body, after
        if name in _TOP and not (name == _CLUSTER and size is not None):
            yield from _elements(data, body, after, depth + 1)
        start = after


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int | None, int]:
    """A number of one to eight bytes (RFC 8794, section 4); None for "unknown"."""
    first = data[at]
    length = 9 - first.bit_length()
    if not first or at + length > len(data):
        raise _broken()
    value = int.from_bytes(data[at : at + length])
    if keep_mark:
        return value, at + length
    value &= (1 << 7 * length) - 1
    return (None if value == (1 << 7 * length) - 1 else value), at + length


def _make_void(out: bytearray, start: int, end: int) -> None:
    """An element of the same length that says nothing."""
    length = end - start
    if length < 10:
        out[start : start + 2] = bytes((_VOID, 0x80 | length - 2))
        _blank(out, start + 2, end)
        return
    out[start] = _VOID
    out[start + 1 : start + 9] = (1 << 56 | length - 9).to_bytes(8)
    _blank(out, start + 9, end)
