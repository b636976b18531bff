"""moto in server mode, with what is stricter on AWS in front of it (test/stack/shims): `python moto_server.py <port>`.

docs.getmoto.org/en/latest/docs/server_mode.html; the application is a plain WSGI one.
"""

import sys
import threading
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

sys.path.insert(0, str(Path(__file__).parent.parent / "stack"))

from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import run_simple  # noqa: E402

from shims import pages  # noqa: E402


def with_pages(application):
    """Listings of S3 have no larger pages than S3 gives."""

    def handle(environ, start_response):
        query = environ.get("QUERY_STRING", "")
        if any(name in query for name in pages.PARAMETERS):
            asked = parse_qsl(query, keep_blank_values=True)
            environ["QUERY_STRING"] = urlencode([(name, *pages.clamp({name: [value]})[name]) for name, value in asked])
        return application(environ, start_response)

    return handle


def one_at_a_time(application):
    """DynamoDB looks at a condition and writes in one step; moto's threads may change places in between
    (update_item of moto/dynamodb/models), so that on a busy machine two writers of one item both won."""
    turn = threading.Lock()

    def handle(environ, start_response):
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB"):
            return application(environ, start_response)
        with turn:
            return application(environ, start_response)

    return handle


moto = one_at_a_time(DomainDispatcherApplication(create_backend_app))
run_simple("127.0.0.1", int(sys.argv[1]), with_pages(moto), threaded=True)
