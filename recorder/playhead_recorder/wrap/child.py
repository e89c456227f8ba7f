"""The wrapped program: started in our process group, with our terminal, and waited for.

Knows processes and signals; no proxy. The terminal is the program's: it gets ctrl-C, ctrl-Z and a change of
size as it would without us. Signals that were sent to us alone are passed on. Where it stops, we stop, so
that the shell gets the terminal back; where we are continued, it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from playhead_recorder.wrap.bystander import Bystander

NOT_FOUND = 127
NOT_EXECUTABLE = 126

_PASSED_ON = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGTSTP,
    signal.SIGCONT,
    signal.SIGWINCH,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_STOPS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
"""The terminal's ways to stop. SIGSTOP is somebody's who wants this one process."""
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
_SHELL = "/bin/sh"


class Program(msgspec.Struct, frozen=True):
    """A program that was found: `path` is the file, `arguments` begins with its name as it was given."""

    path: str
    arguments: tuple[str, ...]


class NotStarted(Exception):
    """The program cannot be run; `code` is the exit code that a shell gives for it."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def find(arguments: Sequence[str]) -> Program:
    """The program that a shell would run. Raises `NotStarted`."""
    name = arguments[0]
    path = shutil.which(name) if name else None
    if path is not None:
        return Program(path, tuple(arguments))
    if os.sep in name and Path(name).is_dir():
        raise NotStarted(f"{name}: Is a directory", NOT_EXECUTABLE)
    if os.sep in name and Path(name).exists():
        raise NotStarted(f"{name}: Permission denied", NOT_EXECUTABLE)
    said = "No such file or directory" if os.sep in name else "command not found"
    raise NotStarted(f"{name}: {said}", NOT_FOUND)


def run(program: Program, environ: Mapping[str, str], bystander: Bystander) -> int:
    """Run to the end; the exit code, 128 + n for a program that signal n killed. Raises `NotStarted`.

    Call it in the main thread; no other thread may let the signals through that are waited for here. They
    stay blocked afterwards: what is left to do must not be cut short by the ctrl-C that ended the program.
    """
    for number in (signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH):
        if number is signal.SIGCHLD or signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _nothing)  # what is ignored cannot be waited for everywhere
    heard = {number for number in _PASSED_ON if signal.getsignal(number) is not signal.SIG_IGN}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard | {signal.SIGCHLD})
    pid = _spawn(program, environ, before)
    while True:
        came = signal.sigwait(heard | {signal.SIGCHLD})
        if came != signal.SIGCHLD:
            if not bystander.saw(came):
                _send(pid, came)
        elif (code := _look(pid, bystander)) is not None:
            return code


def _look(pid: int, bystander: Bystander) -> int | None:
    """The exit code, if the program has ended. Stop with it, if it has stopped."""
    while True:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if found == 0:
            return None
        if os.WIFSTOPPED(status):
            if os.WSTOPSIG(status) in _STOPS:
                _stop(bystander)
            continue
        if os.WIFSIGNALED(status):
            return 128 + os.WTERMSIG(status)
        return os.WEXITSTATUS(status)


def _stop(bystander: Bystander) -> None:
    """Stop, as the program did. Without a shell to continue us (an orphaned group), nothing happens."""
    bystander.forget(signal.SIGTSTP)
    os.kill(os.getpid(), signal.SIGTSTP)
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _spawn(program: Program, environ: Mapping[str, str], mask: set[int] | set[signal.Signals]) -> int:
    try:
        return _spawn_file(program.path, program.arguments, environ, mask)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            code = NOT_FOUND if error.errno == errno.ENOENT else NOT_EXECUTABLE
            raise NotStarted(f"{program.arguments[0]}: {error.strerror}", code) from None
    # A script without a first line that names its interpreter: a shell's, by custom.
    return _spawn_file(_SHELL, (_SHELL, program.path, *program.arguments[1:]), environ, mask)


def _spawn_file(
    path: str, arguments: tuple[str, ...], environ: Mapping[str, str], mask: set[int] | set[signal.Signals]
) -> int:
    return os.posix_spawn(path, arguments, environ, setsigmask=mask, setsigdef=_IGNORED_BY_PYTHON)


def _nothing(*_: object) -> None:
    return
