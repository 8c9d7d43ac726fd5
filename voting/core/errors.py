"""What can be refused, as values: a stable code for programs, a Chinese sentence for people.

Every refusal leaves the state as it was. The sentence says what happened and what to do; the
web shows it as it stands, the API sends it as problem+json (RFC 9457) with the code.
"""

from __future__ import annotations

from collections.abc import Mapping

from voting.core.text import Text, text


class Refused(Exception):
    """A request that the rules do not allow; nothing was changed.

    `code` is stable ASCII for programs; `message` is the Chinese sentence for people, made of a
    template and its `values` (see `voting.core.text`); `status` is the HTTP status that a thin
    handler answers with.
    """

    status = 409

    def __init__(self, code: str, message: str, **values: object) -> None:
        self.code = code
        self.message = message if isinstance(message, Text) else Text(message, values)
        super().__init__(f"{code}: {self.message}")


class Malformed(Refused):
    """Input that cannot be what it should be: wrong form, length, alphabet or signature."""

    status = 400


class Faulty(Malformed):
    """A form with fields that cannot be as they are: what is wrong, by the field's name."""

    def __init__(self, fields: Mapping[str, Text]) -> None:
        super().__init__(
            "faulty", text("有 %(count)s 处需要改正，请看各栏旁的说明。", count=len(fields))
        )
        self.fields = fields


class Forbidden(Refused):
    """The person or key is known, and may not do this."""

    status = 403


class Unknown(Refused):
    """What was named does not exist here."""

    status = 404


class Unavailable(Refused):
    """Something that is needed is not there at this moment; the same request may be sent again."""

    status = 503
