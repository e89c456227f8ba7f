"""Whether a signal was sent to this process alone, or to its whole process group.

The wrapped program stands in the same group. What the terminal sends (ctrl-C), and what is sent to the
group, reaches it anyway; what is sent to us alone must be passed on, or it never arrives. The system does not
say which it was, so a second process stands in the group too, does nothing, blocks every signal, and
is asked what is pending at its side.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

_SETTLE_SECONDS = 0.01
"""A sender such as `timeout` signals its child first and then the group."""
_ANSWER_SECONDS = 2.0
_ASK = b"?"
_END = 0


class Bystander:
    """Start it while this process has one thread: it is a fork."""

    def __init__(self) -> None:
        asked_read, asked = os.pipe()
        answers, answer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _stand(asked_read, answer)
        os.close(asked_read)
        os.close(answer)
        self._asked = asked
        self._answers = answers
        self._seen: set[int] = set()

    def saw(self, number: int) -> bool:
        """Whether the group got the signal `number`, which this process has just got. Asked once for each."""
        if number not in self._seen:
            time.sleep(_SETTLE_SECONDS)
            self._seen.update(self._ask())
        if number not in self._seen:
            return False
        self._seen.discard(number)
        if number in signal.sigpending():
            # Again, while we looked. Over there the two may have become one: it counts for both.
            self._seen.update(self._ask())
            self._seen.add(number)
        return True

    def forget(self, number: int) -> None:
        """The signal `number` was dealt with otherwise."""
        self._seen.update(self._ask())
        self._seen.discard(number)

    def close(self) -> None:
        """It leaves; a second call changes nothing."""
        if self._pid:
            os.close(self._asked)
            os.close(self._answers)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)
            self._pid = 0

    def _ask(self) -> bytes:
        """The numbers of the signals that are pending there, which then are no more."""
        try:
            os.write(self._asked, _ASK)
            found = b""
            while not found or found[-1] != _END:
                if not select.select([self._answers], [], [], _ANSWER_SECONDS)[0]:
                    return b""
                data = os.read(self._answers, 64)
                if not data:
                    return b""
                found += data
        except OSError:
            return b""
        return found[:-1]


def _stand(asked: int, answer: int) -> None:
    """The second process. It ends when the first does, whose end of the pipe it waits at."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        for number in (signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH):
            signal.signal(number, _nothing)  # a signal that is ignored is pending nowhere
        _close_others(asked, answer)
        while os.read(asked, 1):
            pending = signal.sigpending()
            for number in pending:
                signal.sigwait({number})
            os.write(answer, bytes(sorted(pending)) + bytes([_END]))
    except BaseException:  # noqa: BLE001 - whatever it is, the other process's code must not run here
        os._exit(1)
    os._exit(0)


def _nothing(*_: object) -> None:
    return


def _close_others(*kept: int) -> None:
    """Not hold open what the program or its readers wait to see closed."""
    first = 0
    for number in sorted(kept):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 65536 else 65536)
