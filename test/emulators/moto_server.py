"""moto in server mode, with what is stricter on AWS in front of it (test/stack/shims): `python moto_server.py <port>`.

docs.getmoto.org/en/latest/docs/server_mode.html; the application is a plain WSGI one.
"""

import sys
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


run_simple("127.0.0.1", int(sys.argv[1]), with_pages(DomainDispatcherApplication(create_backend_app)), threaded=True)
