"""The lines that come once a ballot, as regular expressions.

Their fields are base64url, small integers and null, so one expression says the whole form: that
the line is canonical JSON, has these fields only, and spells each value in its one way.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .strict import LARGEST, b64_pattern


def _up_to(most: int) -> str:
    """A regular expression for the integers from 1 to `most`, as JSON writes them."""
    digits = str(most)
    ways = [f"[1-9][0-9]{{0,{len(digits) - 2}}}", digits]
    for place, digit in enumerate(digits):
        least = "1" if place == 0 else "0"
        if digit > least:
            below = f"{digits[:place]}[{least}-{int(digit) - 1}]"
            ways.append(f"{below}[0-9]{{{len(digits) - place - 1}}}")
    return f"(?:{'|'.join(ways)})"


_EPOCH = _up_to(2**32 - 1)
_POSITIVE = _up_to(LARGEST)
_TEXT = r'[^"\\\x00-\x1f]*'
_MARK = f"(?:null|0|{_POSITIVE})"

Matcher = Callable[[bytes], re.Match[bytes] | None]


@dataclass(frozen=True)
class Shapes:
    """Matchers of whole lines, for a poll with so many issuers.

    issuance: groups auth, blind_sigs, blinded, deputy, epoch, and front and rest, which joined are
    the request that was hashed. roll: groups key, seals. ballot: groups batch, key, marks, sig.
    deputy: of the roster, where no text has an escape, and the bytes must also be UTF-8; groups
    card_id, key, number. checked_in, issued: the log's entries that come once a deputy; groups at,
    deputy, seq, and meeting, sig or epoch, poll, request, told: what it tells of the poll's course.
    """

    issuance: Matcher
    roll: Matcher
    ballot: Matcher
    board: Matcher
    deputy: Matcher
    checked_in: Matcher
    issued: Matcher


def shapes(issuers: int) -> Shapes:
    auth, deputy, key, hashed = map(b64_pattern, (64, 16, 65, 32))
    rsa = _listed(f'"{b64_pattern(384)}"', issuers)
    seals = _listed(f'{{"prefix":"{b64_pattern(32)}","sig":"{b64_pattern(384)}"}}', issuers)
    at = f'"at":"(?P<at>[^"]{{20}})","deputy":"(?P<deputy>{deputy})"'
    return Shapes(
        issuance=_matcher(
            f'(?P<front>{{"auth":"(?P<auth>{auth})",)"blind_sigs":\\[(?P<blind_sigs>{rsa})\\],'
            f'(?P<rest>"blinded":\\[(?P<blinded>{rsa})\\],"deputy":"(?P<deputy>{deputy})",'
            f'"epoch":(?P<epoch>{_EPOCH})}})'
        ),
        roll=_matcher(f'{{"key":"(?P<key>{key})","seals":\\[(?P<seals>{seals})\\]}}'),
        ballot=_matcher(
            f'{{"batch":(?P<batch>{_POSITIVE}),"key":"(?P<key>{key})",'
            f'"marks":(?P<marks>\\[(?:{_MARK}(?:,{_MARK})*)?\\]),"sig":"(?P<sig>{auth})"}}'
        ),
        board=_matcher("[A-Z2-7]{51}[AQ]"),
        deputy=_matcher(
            f'{{"card_id":"(?P<card_id>{deputy})","card_key":"(?P<key>{key})",'
            f'"delegation":"{_TEXT}","name":"{_TEXT}","number":"(?P<number>{_TEXT})",'
            f'"seat":"{_TEXT}"}}'
        ),
        checked_in=_matcher(
            f'{{{at},"event":"checked_in","meeting":"(?P<meeting>[a-z0-9][a-z0-9-]{{0,63}})",'
            f'"seq":(?P<seq>{_POSITIVE}),"sig":"(?P<sig>{auth})"}}'
        ),
        issued=_matcher(
            f'{{{at},(?P<told>"epoch":(?P<epoch>{_EPOCH}),"event":"ballot_issued",'
            f'"poll":"(?P<poll>{hashed})"),"request":"(?P<request>{hashed})",'
            f'"seq":(?P<seq>{_POSITIVE})}}'
        ),
    )


def _listed(one: str, times: int) -> str:
    return ",".join([one] * times)


def _matcher(pattern: str) -> Matcher:
    return re.compile(pattern.encode("ascii")).fullmatch
