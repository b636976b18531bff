"""IAM's changes take effect some minutes later everywhere else; in ministack at once.

docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency. The seconds of that are
SHIM_IAM_SETTLES_AFTER, none unless a test says so: until then a role may do what it might before the change.
"""

import os
import time

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

SETTLES_AFTER = float(os.environ.get("SHIM_IAM_SETTLES_AFTER", "0"))

# By account and role: (from when, policies), the newest last.
history = {}


def with_settling(gather_plain, handle_plain):
    """What a role may do, and IAM's requests, after each of which all roles are looked at."""

    def note():
        account = get_account_id()
        for name in list(iam._roles.keys()):
            known = history.setdefault((account, name), [(0, [])])
            now = gather_plain(name, account)
            if now != known[-1][1]:
                known.append((time.time() + SETTLES_AFTER, now))

    def gather(name, account):
        known = history.get((account, name))
        if known is None:
            return gather_plain(name, account)
        return [policies for begins, policies in known if begins <= time.time()][-1]

    async def handle(method, path, headers, body, query_params):
        answer = await handle_plain(method, path, headers, body, query_params)
        note()
        return answer

    return (gather, handle) if SETTLES_AFTER > 0 else (gather_plain, handle_plain)
