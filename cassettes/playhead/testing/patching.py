"""Replay through clients that nobody handed a transport: made before or after, by whatever code.

Replaces the public methods `handle_request` and `handle_async_request` of the client libraries' own
transports (and of the known aiohttp ones), which every request of a real client passes. What lies elsewhere
(ASGI, mocks, users' own transports) is left alone. Without a player the replacements call what they replace.
Knows the libraries by the names of their modules: whichever is imported later is patched then.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import functools
import gc
import importlib.abc
import importlib.machinery
import inspect
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, Protocol

_SYNC: Final = "handle_request"
_ASYNC: Final = "handle_async_request"
_SEND: Final = "send"
_CLOSE: Final = ("close", "__exit__")
_ACLOSE: Final = ("aclose", "__aexit__")
_TRANSPORTS: Final = {
    "httpx._transports.default": ("HTTPTransport", "AsyncHTTPTransport"),
    "httpx2._transports.default": ("HTTPTransport", "AsyncHTTPTransport"),
    "httpx._client": ("Client", "AsyncClient"),
    "httpx2._client": ("Client", "AsyncClient"),
    "httpx_aiohttp.transport": ("AiohttpTransport",),
    "anthropic._vendor.httpx_aiohttp.transport": ("AiohttpTransport",),
    "openai._vendor.httpx_aiohttp.transport": ("AiohttpTransport",),
}
"""The modules, and their classes that speak to the network; of clients is noted what they send by."""
_CONTEXT: Final = "create_ssl_context"
_CONTEXT_ENVIRONMENT: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


_NETWORK: Final = frozenset(name for names in _TRANSPORTS.values() for name in names)


def is_network(transport: object) -> bool:
    """Whether a transport is one of those that speak to the network, or derived from one."""
    return _is_network_kind(type(transport))


def _is_network_kind(kind: type) -> bool:
    # By name: the libraries give their classes other modules than those where they lie.
    return any(each.__name__ in _NETWORK for each in kind.__mro__)


class Plays(Protocol):
    """Whoever answers the requests of patched clients; `send` is what the `transport` itself would do."""

    @property
    def take(self) -> object | None:
        """Set where requests are sent, and recorded."""

    def answer(self, library: str, request: Any, transport: Any, send: Callable[[Any], Any]) -> Any: ...
    async def answer_async(
        self, library: str, request: Any, transport: Any, send: Callable[[Any], Awaitable[Any]]
    ) -> Any: ...
    def closed(self, transport: Any) -> None: ...


class _Stack:
    """Who answers now: the latest of those that play. Of the process, because threads must see it."""

    def __init__(self) -> None:
        self.sent_by: dict[str, type] = {}
        """Clients that sent by transports that are not patched, as messages name them; they may be gone."""
        self.passed: set[type] = set()
        """Transports whose requests came here, however they are made."""
        self._lock = threading.Lock()
        self._players: list[Plays] = []
        self._undo: list[Callable[[], None]] = []
        self._made: dict[tuple[object, object], Any] = {}  # for what was patched before: every test does it
        self._finder = _Finder(self._patch)

    def closed(self, transport: Any) -> None:
        for player in self._players:
            player.closed(transport)

    @property
    def player(self) -> Plays | None:
        players = self._players
        return players[-1] if players else None

    def push(self, player: Plays) -> None:
        with self._lock:
            self.sent_by.clear()
            self.passed.clear()
            self._players = [*self._players, player]
            if len(self._players) == 1:
                for name in _TRANSPORTS:
                    if name in sys.modules:
                        self._patch(sys.modules[name])
                sys.meta_path.insert(0, self._finder)

    def drop(self, player: Plays) -> None:
        with self._lock:
            self._players = [each for each in self._players if each is not player]
            if not self._players:
                sys.meta_path.remove(self._finder)
                while self._undo:
                    self._undo.pop()()

    def _patch(self, module: ModuleType) -> None:
        for name in _TRANSPORTS[_name_of(module)]:
            owner = getattr(module, name, None)
            for method, wrapped in ((_SYNC, _blocking), (_ASYNC, _awaited), (_SEND, _noting)):
                if owner is not None and method in vars(owner):
                    self._replace(owner, method, wrapped)
            for method in _closings(owner):
                self._replace(owner, method, _closing)
        if hasattr(module, _CONTEXT):
            self._replace(module, _CONTEXT, _cached_context)

    def _replace(self, owner: Any, name: str, wrapped: Callable[[Any, _Stack], Any]) -> None:
        original = vars(owner)[name]
        if getattr(original, _MARK, None) is self:
            return  # one library by two names (`httpx2.alias_httpx`)
        replacement = self._made.get((original, wrapped))
        if replacement is None:
            if len(self._made) >= _MADE:
                self._made.clear()  # somebody else patches anew for every test, too
            replacement = self._made[original, wrapped] = wrapped(original, self)
            setattr(replacement, _MARK, self)
        setattr(owner, name, replacement)

        def undo() -> None:
            # Somebody else may have patched it since: theirs stays, and ours is inert.
            if vars(owner).get(name) is replacement:
                setattr(owner, name, original)

        self._undo.append(undo)


_MARK: Final = "_playhead_stack"
_MADE: Final = 64
"""How many replacements are kept for the next test."""


def _name_of(module: ModuleType) -> str:
    names = (module.__name__, getattr(module.__spec__, "name", ""))
    return next((name for name in names if name in _TRANSPORTS), "httpx2._transports.default")


def _blocking(original: Any, stack: _Stack) -> Any:
    @functools.wraps(original)
    def handle_request(self: Any, request: Any) -> Any:
        __tracebackhide__ = True  # pytest shows the client's frames
        player = stack.player
        if player is None:
            return original(self, request)
        stack.passed.add(type(self))
        return player.answer(_library_of(request), request, self, functools.partial(original, self))

    return handle_request


def _awaited(original: Any, stack: _Stack) -> Any:
    @functools.wraps(original)
    async def handle_async_request(self: Any, request: Any) -> Any:
        __tracebackhide__ = True  # pytest shows the client's frames
        player = stack.player
        if player is None:
            return await original(self, request)
        stack.passed.add(type(self))
        send = functools.partial(original, self)
        return await player.answer_async(_library_of(request), request, self, send)

    return handle_async_request


def _closings(owner: Any) -> list[str]:
    """The methods by which clients close a transport, where it is one that speaks to the network."""
    own = {} if owner is None else vars(owner)
    names = [*(_CLOSE if _SYNC in own else ()), *(_ACLOSE if _ASYNC in own else ())]
    return [name for name in names if name in own]


def _closing(original: Any, stack: _Stack) -> Any:
    @functools.wraps(original)
    def close(self: Any, *args: Any) -> Any:
        stack.closed(self)
        return original(self, *args)

    return close


def _noting(original: Any, stack: _Stack) -> Any:
    def note(client: Any) -> None:
        kind = None if stack.player is None else _kind_of_transport(client)
        if kind is not None and not _is_known(kind):
            stack.sent_by[_line(client, kind)] = kind

    @functools.wraps(original)
    def send(self: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True  # pytest shows the client's frames
        note(self)
        return original(self, *args, **options)

    @functools.wraps(original)
    async def send_async(self: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True  # pytest shows the client's frames
        note(self)
        return await original(self, *args, **options)

    return send_async if inspect.iscoroutinefunction(original) else send


def _library_of(request: Any) -> str:
    return str(type(request).__module__.partition(".")[0])


def _cached_context(original: Any, stack: _Stack) -> Any:
    """One TLS context for all clients with the usual settings: making one takes longer than most tests."""

    @functools.wraps(original)
    def create_ssl_context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> Any:
        player = stack.player
        # What connects has a context of its own: each connection sets in it what it speaks.
        if player is None or player.take is not None or verify is not True or cert is not None:
            return original(verify=verify, cert=cert, trust_env=trust_env)
        key = (original, trust_env, *map(os.environ.get, _CONTEXT_ENVIRONMENT))
        if key not in _contexts:
            _contexts[key] = original(trust_env=trust_env)
        return _contexts[key]

    return create_ssl_context


_contexts: dict[object, Any] = {}


class _Finder(importlib.abc.MetaPathFinder):
    """Patches the modules with transports as soon as they are imported."""

    def __init__(self, patch: Callable[[ModuleType], None]) -> None:
        self._patch = patch

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _TRANSPORTS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._patch)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any, patch: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._patch = patch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        if stack.player is not None:
            self._patch(module)


stack: Final = _Stack()


@contextmanager
def patched(player: Plays) -> Iterator[None]:
    """Let `player` answer every request that a client would send to the network."""
    stack.push(player)
    try:
        yield
    finally:
        stack.drop(player)


def with_others(text: str) -> str:
    """A message with the clients whose transports are not patched. Slow: for those who wonder why."""
    others = _left_alone()
    if not others:
        return text
    listed = "".join(f"\n  {line}" for line in others)
    return f"{text}\nNot patched, because their transports are not the library's own:{listed}"


def _left_alone() -> list[str]:
    found: dict[str, int] = {}
    for library in ("httpx", "httpx2"):
        module = sys.modules.get(library)
        if module is None:
            continue
        kinds = (module.Client, module.AsyncClient)
        for client in gc.get_objects():
            # By its type: what an object says of its class may run code.
            if issubclass(type(client), kinds):
                kind = _kind_of_transport(client)
                # Whether one that is derived calls what it is derived from, what it sends tells.
                if kind is not None and not _is_known(kind) and not _is_network_kind(kind):
                    line = _line(client, kind)
                    found[line] = found.get(line, 0) + 1
    for line, kind in tuple(stack.sent_by.items()):
        if kind not in stack.passed:
            found.setdefault(line, 1)
    return [f"{line} ({count}×)" if count > 1 else line for line, count in found.items()]


def _line(client: Any, kind: type) -> str:
    return f"{type(client).__name__} with {kind.__module__}.{kind.__qualname__}"


def _kind_of_transport(client: Any) -> type | None:
    """What an open client sends by; `None` where it cannot say, as one that was never made to its end."""
    try:
        transport = None if client.is_closed else client._transport
    except Exception:  # noqa: BLE001 - a subclass may raise anything, and there is a failure to tell of
        return None
    return None if transport is None else type(transport)


def _is_known(kind: type) -> bool:
    if kind.__module__.startswith("playhead."):
        return True
    return any(getattr(getattr(kind, name, None), _MARK, None) is stack for name in (_SYNC, _ASYNC))
