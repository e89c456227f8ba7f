"""The redaction policy of a run of tests: for what is recorded, and for the requests that failures show.

Knows the ini value that names it. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from playhead.errors import InputError
from playhead.testing.settings import POLICY

if TYPE_CHECKING:
    from playhead.redaction import Policy

_READ: Final[pytest.StashKey[Policy]] = pytest.StashKey()


def policy_of(config: pytest.Config) -> Policy | None:
    """The policy that the ini value names, read once; `None` is the built-in one.

    Raises `InputError` where it cannot be read, `UsageError` where it is none.
    """
    name = config.getini(POLICY)
    if not name:
        return None
    if _READ not in config.stash:
        from playhead.redaction.policy_file import read_policy
        from playhead.store.policies import read_policy_file

        try:
            config.stash[_READ] = read_policy(read_policy_file(config.rootpath / name).text, name)
        except InputError as error:
            raise InputError(f"{POLICY}: {error.message}", hint=error.hint) from None
    return config.stash[_READ]
