"""How a stage says no."""

from typing import Any


class RefusedError(Exception):
    """A rule of the trade forbids this. 409 in the API, a message on the page; nothing was written.

    `message` is for people, in their language; `code` is stable, for programs; `field` names the input to
    mend, if one is to blame.
    """

    def __init__(self, message: Any, *, code: str, field: str = "") -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code
        self.field = field

    def __str__(self) -> str:
        return str(self.message)
