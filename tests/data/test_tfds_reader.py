"""What is said, and tried, before TensorFlow Datasets downloads."""

import socket
import urllib.request

import pytest

from kerasgen.data import tfds_reader


@pytest.fixture
def tried(monkeypatch):
    """The addresses a connection was tried to; none is reached."""
    addresses = []

    def no_connection(address, timeout):
        addresses.append(address)
        raise OSError("unreachable")

    monkeypatch.delenv("KERASGEN_OFFLINE", raising=False)
    monkeypatch.setattr(socket, "create_connection", no_connection)
    return addresses


def test_no_network_is_found_before_anything_is_written(monkeypatch, tried):
    monkeypatch.setattr(urllib.request, "getproxies", dict)
    with pytest.raises(OSError, match=r"'mnist' is neither at .*mnist.npz .* nor at /there .* no network \(unreachable\)"):
        tfds_reader._require_network("mnist", "/there")
    assert len(tried) == 1


def test_behind_a_proxy_the_machine_itself_reaches_nothing_and_is_not_asked_to(monkeypatch, tried):
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": "http://proxy.example:3128"})
    tfds_reader._require_network("mnist", "/there")
    assert not tried


def test_offline_asks_nobody(monkeypatch, tried):
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    with pytest.raises(OSError, match="KERASGEN_OFFLINE forbids downloads"):
        tfds_reader._require_network("mnist", "/there")
    assert not tried
