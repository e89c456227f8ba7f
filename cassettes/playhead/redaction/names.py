"""What the name of a header or parameter says of its value: whether it looks like a credential.

A name is read as words, in any case and with any separators: `X-Functions-Key`, `accessToken`,
`user[password]`. What looks like a credential is one, unless `rules` knows it to be harmless: rather a
readable value too few than a secret too many in a file.
"""

from __future__ import annotations

import re
from collections.abc import Container

from playhead.redaction import rules
from playhead.redaction.spans import MARK

_NO_WORD = re.compile(r"[^a-z0-9]+")
_FILLER = re.compile(f"{MARK}x[A-Za-z0-9]*")
"""What stands for a secret in base64. The `=` behind it is padding, and its letters spell words by chance."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_secret(name: str, value: str, also: Container[str] = ()) -> bool:
    """Whether `name` is that of a secret. `value` counts for amounts only: `max_tokens=5` is none.

    `also` holds names, in lower case, that are secret whatever their words say.

    >>> is_secret("X-Functions-Key", "abc"), is_secret("key_type", "rsa"), is_secret("max_tokens", "5")
    (True, False, False)
    """
    if name.lower() in also:
        return True
    name = _FILLER.sub("", name)
    # A name in mixed case may be words run together, or just a name in mixed case.
    forms = {_words(name), _words(_CAMEL.sub("-", name))}
    if any(rules.DESCRIBING.search(form) for form in forms):
        return False
    is_amount = rules.AMOUNT.fullmatch(value.strip()) is not None
    return any(_looks_secret(form, is_amount) for form in forms)


def _words(name: str) -> str:
    return _NO_WORD.sub("-", name.lower()).strip("-")


def _looks_secret(form: str, is_amount: bool) -> bool:
    rest = rules.HARMLESS_PHRASES.sub("", form)
    if rules.RATE_LIMIT.search(rest):
        rest = rules.TOKENS.sub("", rest)
    elif is_amount:
        rest = rules.TOKEN_COUNT.sub("", rest)
    if rules.SECRET_PART.search(rest) or rest.removeprefix("x-") in rules.SECRET_NAMES:
        return True
    return any(rules.SECRET_WORD.fullmatch(word) for word in rest.split("-"))
