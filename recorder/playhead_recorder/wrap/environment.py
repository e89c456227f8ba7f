"""The environment of the wrapped program: where its proxy is, whom it trusts, what it must not skip.

Pure: environments in, an environment out. Which client needs which variable is in `docs/record.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from playhead_recorder.wrap import node
from playhead_recorder.wrap.base_urls import BaseUrl

PROXY = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY")
"""Both cases are set: curl reads `http_proxy` in lower case only, others the upper case only."""

CA_FILE = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CA_BUNDLE",
    "HTTPLIB2_CA_CERTS",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "CARGO_HTTP_CAINFO",
    "NIX_SSL_CERT_FILE",
    "DENO_CERT",
    "BUNDLE_SSL_CA_CERT",
)
"""Every one is overwritten: one that is inherited would hide ours."""

CA_FOLDER = "SSL_CERT_DIR"
"""Left as it is: OpenSSL adds it to the file."""


def inherited_trust(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Files and folders of certificates that the program would have trusted."""
    values = (environ.get(name) for name in (*CA_FILE, CA_FOLDER))
    return tuple(dict.fromkeys(value for value in values if value))


def for_program(
    environ: Mapping[str, str],
    *,
    proxy: tuple[str, int],
    bundle: str,
    base_urls: Sequence[tuple[BaseUrl, tuple[str, int]]] = (),
) -> dict[str, str]:
    """`environ`, changed so that what the program sends passes through `proxy`.

    `bundle` is the file of certificates to trust. `base_urls` come with where their listeners are.
    """
    changed = dict(environ)
    for name in PROXY:
        changed[name] = changed[name.lower()] = f"http://{proxy[0]}:{proxy[1]}"
    for name in CA_FILE:
        changed[name] = bundle
    _set_no_proxy(changed, [address for _, address in base_urls])
    for base_url, address in base_urls:
        changed[base_url.name] = base_url.at(*address)
    changed.update(node.variables(changed))
    return changed


def _set_no_proxy(environ: dict[str, str], listeners: Iterable[tuple[str, int]]) -> None:
    """What was excepted before would pass unseen; our own listeners need no proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        environ.pop(name, None)
    ours = ",".join(f"{host}:{port}" for host, port in listeners)
    if ours:
        environ["NO_PROXY"] = environ["no_proxy"] = ours
