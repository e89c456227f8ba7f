"""mitmproxy's certificate authority, with which plain `playhead record` and a mitmproxy of the user's sign.

`playhead record -- CMD` makes one for the run, and `--upstream` needs none. Reads certificates, never keys.
"""

from __future__ import annotations

import datetime
import stat
from pathlib import Path
from typing import Final

from playhead.doctor import Finding, Level, Surroundings

_NAME = "CA"
_BOTH = "mitmproxy-ca.pem"
"""The key and the certificate (mitmproxy/certs.py)."""
USUAL: Final = Path("~/.mitmproxy")
"""Not there before mitmproxy's first start. Whoever names another folder means one that is."""
PUBLIC: Final = "mitmproxy-ca-cert.pem"
_SOON = datetime.timedelta(days=30)
_ANEW = "Move it away: mitmproxy makes a new one. Then have clients trust that."


def authority(surroundings: Surroundings) -> Finding:
    """Whether the CA is there, valid and private."""
    both, public = surroundings.confdir / _BOTH, surroundings.confdir / PUBLIC
    try:
        mode = stat.S_IMODE(both.stat().st_mode)
        block = _certificate(both)
        theirs = _certificate(public)
    except FileNotFoundError as error:
        if not surroundings.confdir.exists() and surroundings.confdir != USUAL.expanduser():
            what = (
                f"{surroundings.confdir} is not there: mitmproxy makes it, with a CA that nobody trusts yet"
            )
            return Finding(_NAME, Level.WARN, what, "Name mitmproxy's folder with --confdir DIR.")
        return Finding(
            _NAME, Level.NOTE, f"{error.filename} is not there: mitmproxy makes a CA when it first starts"
        )
    except OSError as error:
        return Finding(
            _NAME, Level.FAIL, f"{error.filename}: {error.strerror}", "Make it yours: chown, chmod."
        )
    except ValueError:
        return Finding(_NAME, Level.FAIL, f"{both} or {PUBLIC} beside it holds no certificate", _ANEW)
    if block.split() != theirs.split():
        return Finding(
            _NAME,
            Level.FAIL,
            f"{PUBLIC}, which clients trust, is not the certificate that {_BOTH} signs with",
            _ANEW,
        )
    if mode & 0o077:
        return Finding(
            _NAME,
            Level.WARN,
            f"others may read the key of the CA (mode {mode:04o}): whoever has it is trusted by your clients",
            f"chmod 600 {both}",
        )
    return _validity(both, block)


def _validity(path: Path, block: bytes) -> Finding:
    try:
        from cryptography import x509
    except ImportError:
        return Finding(_NAME, Level.NOTE, f"{path} is there; its dates are not read without mitmproxy")
    try:
        certificate = x509.load_pem_x509_certificate(block)
    except ValueError:
        return Finding(_NAME, Level.FAIL, f"{path} holds no certificate that can be read", _ANEW)
    return judge_dates(
        path,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        datetime.datetime.now(datetime.UTC),
    )


def judge_dates(
    path: Path, start: datetime.datetime, end: datetime.datetime, now: datetime.datetime
) -> Finding:
    if now < start:
        return Finding(_NAME, Level.FAIL, f"{path} is valid from {start:%Y-%m-%d} only", "Set the clock.")
    if now >= end:
        return Finding(_NAME, Level.FAIL, f"{path} was valid until {end:%Y-%m-%d}", _ANEW)
    if end - now < _SOON:
        return Finding(_NAME, Level.WARN, f"{path} is valid until {end:%Y-%m-%d} only", _ANEW)
    return Finding(_NAME, Level.OK, f"{path}, valid until {end:%Y-%m-%d}")


def _certificate(path: Path) -> bytes:
    """The first certificate of a PEM file. Raises `OSError`, or `ValueError` where there is none."""
    data = path.read_bytes()
    start = data.index(b"-----BEGIN CERTIFICATE-----")
    mark = b"-----END CERTIFICATE-----"
    return data[start : data.index(mark, start) + len(mark)]
