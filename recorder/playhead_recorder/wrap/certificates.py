"""Bundles of certificates: what a program, or the proxy, is to trust beside what it trusts already.

Knows files and PEM; no environment and no proxy. Only certificates are taken from a file, whatever else is
in it (a private key), and only those that OpenSSL can read: one that it cannot would spoil the whole bundle.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

from playhead.errors import CannotRun, UsageError

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS, FreeBSD
)
_MOST = 8 * 1024 * 1024
"""More than any bundle has."""


def usual() -> tuple[Path, ...]:
    """The files that this machine's programs trust: certifi's and the system's."""
    import certifi

    default = ssl.get_default_verify_paths().openssl_cafile
    found = (Path(name) for name in (certifi.where(), default, *_SYSTEM_FILES) if name)
    return tuple(dict.fromkeys(path for path in found if path.is_file()))


def write_bundle(path: Path, sources: Iterable[Path]) -> Path:
    """Write the certificates of `sources` (files, or folders of them) to `path`, each once.

    A source that cannot be read adds nothing, as it would not have for the program. Raises `CannotRun` where
    `path` cannot be written.
    """
    blocks = dict.fromkeys(block for source in sources for block in _blocks(source))
    if not _are_readable(*blocks):
        blocks = dict.fromkeys(filter(_are_readable, blocks))
    try:
        path.write_bytes(b"\n".join(blocks) + b"\n")
    except OSError as error:
        raise CannotRun(
            f"certificates to trust cannot be written: {path}: {error.strerror}",
            hint="Set TMPDIR to a folder with room for them; see `ulimit -f` too.",
        ) from None
    return path


def require(path: Path) -> Path:
    """`path`, if it is a file with a certificate. Raises `UsageError`."""
    try:
        found = any(map(_are_readable, _blocks_of_file(path)))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    if not found:
        raise UsageError(f"{path} holds no certificate", hint="It must be PEM: -----BEGIN CERTIFICATE-----")
    return path


def found_in(source: Path) -> frozenset[bytes]:
    """The certificates in a file or folder, without white space, so that they compare."""
    return frozenset(b"".join(block.split()) for block in _blocks(source))


def _blocks(source: Path) -> Iterator[bytes]:
    try:
        for path in sorted(source.iterdir()) if source.is_dir() else [source]:
            if path.is_file():
                yield from _blocks_of_file(path)
    except OSError:
        return


def _blocks_of_file(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return _BLOCK.findall(file.read(_MOST))


def _are_readable(*blocks: bytes) -> bool:
    """Whether OpenSSL takes all of them."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            cadata=b"\n".join(blocks).decode("ascii")
        )
    except (ssl.SSLError, ValueError):
        return False
    return True
