"""Files that people upload as proof: PDF, PNG or JPEG by their content, not by their name.

They lie under names of our own making and leave only through views that ask who wants them, as a download.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from foundation.errors import RefusedError

MAX_BYTES: Final = 5 * 1024 * 1024


@dataclass(frozen=True)
class Kind:
    extension: str
    content_type: str
    start: bytes


KINDS: Final = (
    Kind("pdf", "application/pdf", b"%PDF-"),
    Kind("png", "image/png", b"\x89PNG\r\n\x1a\n"),
    Kind("jpg", "image/jpeg", b"\xff\xd8\xff"),
)
_BY_EXTENSION: Final = {kind.extension: kind for kind in KINDS}


def check(content: bytes) -> Kind:
    """What the content is. Refuses with file_empty, file_too_large, file_kind."""
    if not content:
        raise RefusedError(_("文件是空的，请重新选择。"), code="file_empty", field="file")
    if len(content) > MAX_BYTES:
        raise RefusedError(_("文件超过 5 MB，请压缩后再上传。"), code="file_too_large", field="file")
    for kind in KINDS:
        if content.startswith(kind.start):
            return kind
    raise RefusedError(_("只能上传 PDF、PNG 或 JPG 文件。"), code="file_kind", field="file")


def file_name(kind: Kind) -> str:
    """A name that says nothing and cannot be guessed."""
    return f"{uuid.uuid4().hex}.{kind.extension}"


def content_type(name: str) -> str:
    """The content type of a stored file."""
    kind = _BY_EXTENSION.get(name.rpartition(".")[2])
    return kind.content_type if kind else "application/octet-stream"
