"""A deadline for a whole transfer: requests knows only of silence."""

import contextlib
import socket
import threading
import time


@contextlib.contextmanager
def ended_at(deadline, session):
    """Inside the block, the connections of a `requests.Session` end at the deadline, whatever they wait for.

    A timeout of a socket is one for silence alone: TLS, headers and bodies may come a byte at a time for ever.

    Args:
        deadline: Value of `time.monotonic()`.
        session: The session; only connections that it makes inside the block are ended.
    """
    sockets = []

    def end():
        for held in sockets:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def watched(connection):
        class Watched(connection):
            def _new_conn(self):
                made = super()._new_conn()
                sockets.append(made.dup())  # TLS takes the socket itself over
                if time.monotonic() > deadline:
                    end()
                return made

        return Watched

    def watch(find):
        def pool(*args, **options):
            found = find(*args, **options)
            found.ConnectionCls = watched(type(found).ConnectionCls)
            return found

        return pool

    for adapter in session.adapters.values():
        adapter.get_connection_with_tls_context = watch(adapter.get_connection_with_tls_context)
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        for held in sockets:
            held.close()
