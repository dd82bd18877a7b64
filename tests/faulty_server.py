"""A file server that fails on request: the first segment of the path below the server names the fault."""

import contextlib
import http.server
import threading
import time

HTML = b"<html>log in</html>"  # 19 bytes


class Server(http.server.ThreadingHTTPServer):
    """Serves `content` for any path; `requests` lists the faults asked for, in order.

    `server.mirror("404")` is the base URL of a mirror with that fault. Faults: none, CODE (any number), CODE-once,
    truncated, truncated-unannounced, html, flipped, oversized, silent, slow, redirect-TARGET with TARGET in `targets`.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, content, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.requests = []
        self.headers = {}  # sent with every status code that is not 200
        self.targets = {}
        self.sent = 0  # bytes of bodies
        self.stopping = threading.Event()
        self.scheme = "http"
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    def mirror(self, fault="none"):
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/{fault}"

    def handle_error(self, request, client_address):
        """Clients that hang up are what these tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        fault = self.path.split("/")[1]
        first = fault not in self.server.requests
        self.server.requests.append(fault)
        content = self.server.content
        if fault.endswith("-once"):
            fault = fault.removesuffix("-once") if first else "none"
        if fault.isdigit():
            return self.answer(b"no", code=int(fault), **self.server.headers)
        if fault.startswith("redirect-"):
            return self.answer(b"", code=302, Location=self.server.targets[fault.removeprefix("redirect-")])
        if fault == "truncated":
            return self.answer(content[:10], length=len(content))
        if fault == "truncated-unannounced":
            return self.answer(content[:10], length=None)
        if fault == "html":
            return self.answer(HTML)
        if fault == "flipped":
            return self.answer(bytes([content[0] ^ 1]) + content[1:])
        if fault == "oversized":
            return self.answer(content + bytes(32 << 20), length=None)
        if fault == "silent":
            return self.server.stopping.wait(10)
        self.answer(content, pause=0.3 if fault == "slow" else 0.0)

    def answer(self, body, code=200, length=..., pause=0.0, **headers):
        """Sends the body; `length` is what Content-Length claims: the truth by default, nothing if None."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length is ... else length))
        self.end_headers()
        for start in range(0, len(body), 1 << 16):
            self.wfile.write(body[start : start + (1 << 16)])
            self.wfile.flush()
            self.server.sent += len(body[start : start + (1 << 16)])
            time.sleep(pause)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(content, context=None):
    server = Server(content, context)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
