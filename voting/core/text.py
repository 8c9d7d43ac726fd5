"""What people read, as values: a Chinese sentence that remembers what it was made of.

The sentence is an ordinary `str`, and all that is stored, hashed or compared is that Chinese text.
Pages that speak another language look its template up in a catalogue and fill it in again.

>>> left = text("还有 %(gap)s 张表决票没有登记。", gap=3)
>>> left, left.template, left.values["gap"]
('还有 3 张表决票没有登记。', '还有 %(gap)s 张表决票没有登记。', 3)
"""

from __future__ import annotations

from collections.abc import Mapping


class Text(str):
    """A Chinese text with the template and the values that it was made of."""

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Text:
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        return self.template, self.values  # so that it can be copied


def text(template: str, **values: object) -> Text:
    """A text for people, found by this function's name when the catalogues are made.

    `template` is a literal with `%(name)s` where a value goes; without values it stands as it is.
    """
    return Text(template, values)
