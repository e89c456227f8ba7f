"""One job, from an unfinished cassette to what there is to say of it. Raises nothing.

Knows the store. What failed is said in words of ours: the text of an error that nobody foresaw may hold what
was recorded.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.log import words
from playhead.errors import CannotRun, CassetteError, InputError, UnsupportedVersion
from playhead.redaction.policy import Policy
from playhead.store.files import PARTIAL
from playhead.store.finalise import Finalised, Outcome, finalise
from playhead.store.mend import Unreadable
from playhead.store.places import UNREADABLE
from playhead.store.survey import Severity


def finish(job: Job, policy: Policy, *, recovered: bool = False) -> Done:
    """Finish a cassette. One of which no line can be read is put aside, as `NAME.unreadable`."""
    try:
        made = finalise(job.unfinished, job.target, policy, orphaned=recovered, key=job.key)
        return _done(job, made, recovered)
    except Unreadable:
        aside = _put_aside(job.unfinished)
        failure = f"no line of {job.unfinished} is a record" + (f"; it is now {aside.name}" if aside else "")
    except (CannotRun, UnsupportedVersion) as error:
        failure = error.message
    except CassetteError:
        failure = f"{job.unfinished}: a line of it cannot be read"
    except InputError as error:
        failure = error.message
    except Exception as error:  # noqa: BLE001 - what one cassette does to us must not end the others
        failure = f"{job.unfinished}: an error of Playhead's own: {words(error)}"
    return Done(target=job.target, failure=failure, recovered=recovered)


def _done(job: Job, made: Finalised, recovered: bool) -> Done:
    if made.outcome is Outcome.GONE and not recovered and not job.target.exists():
        failure = f"{job.unfinished}: somebody removed it, or finished it under another name"
        return Done(target=job.target, failure=failure)
    return Done(
        target=job.target,
        exchanges=made.exchanges,
        events=made.events,
        size=made.size,
        redacted=made.redacted,
        unscanned=len(made.unscanned),
        damaged=sum(problem.severity is Severity.DAMAGE for problem in made.problems),
        recovered=recovered,
        elsewhere=made.outcome in (Outcome.HELD, Outcome.GONE),
        empty=made.outcome is Outcome.EMPTY,
    )


def _put_aside(unfinished: Path) -> Path | None:
    aside = unfinished.with_name(unfinished.name.removesuffix(PARTIAL) + UNREADABLE)
    with contextlib.suppress(OSError):
        return unfinished.replace(aside)
    return None
