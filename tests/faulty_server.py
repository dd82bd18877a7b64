"""A file server that fails on request: the first segment of the path below the server names the fault."""

import contextlib
import hashlib
import http.server
import threading
import time

HTML = b"<html>log in</html>"  # 19 bytes
CONTENT = bytes(range(256)) * 2000  # 512,000 bytes: several chunks
NAME = "dcgan-mnist/model.weights.h5"
FILE = {"path": NAME, "sha256": hashlib.sha256(CONTENT).hexdigest(), "bytes": len(CONTENT)}
FLIPPED_SHA256 = hashlib.sha256(bytes([CONTENT[0] ^ 1]) + CONTENT[1:]).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves `content` for any path; `requests` lists the faults asked for, in order.

    `server.mirror("404")` is the base URL of a mirror with that fault. Faults: none, CODE (any number), CODE-once,
    truncated, truncated-unannounced, html, flipped, oversized, silent, slow, drip, drip-headers, drip-line,
    redirect-drip, redirect-endless, redirect-TARGET with TARGET in `targets`.
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
        if fault == "redirect-endless":  # a body without end, which nobody should read
            with contextlib.suppress(OSError):
                self.answer(bytes(64 << 20), code=302, length=None, pause=0.001, Location=self.server.mirror())
            return None
        if fault in ("drip-headers", "drip-line", "redirect-drip"):  # lines, or bytes, that come one at a time for 15 s
            self.wfile.write(b"HTTP/1.1 302 Found\r\n" if fault == "redirect-drip" else b"HTTP/1.1 200 OK\r\n")
            piece = b"x" if fault == "drip-line" else b"X-More: of the same\r\n"
            with contextlib.suppress(OSError):
                while not self.server.stopping.wait(0.2):
                    self.wfile.write(piece)
            return None
        if fault == "drip":
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                for i in range(200):
                    self.wfile.write(content[i : i + 1])
                    self.wfile.flush()
                    time.sleep(0.05)
            return None
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


def place(path, content=CONTENT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def left_over(path):
    """What downloads to `path` that were broken off have left beside it."""
    return [each for each in path.parent.iterdir() if each.name.startswith("tmp")]


def raising(error):
    """A function that raises `error`, whatever it is called with."""

    def function(*args, **kwargs):
        raise error

    return function
