"""Certificates for the tests of TLS, made by the openssl program."""

import shutil
import subprocess
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")


class Certificates:
    """An authority, and a server and a client that it vouches for; `path("server.crt")` and so on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        authority = (self.path("ca.key"), "-out", self.path("ca.crt"), *named("authority"))
        self._run("req", "-x509", *NEW_KEY, *authority, "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        (folder / "signed.cnf").write_text(EXTENSIONS)
        for name in ("server", "client"):
            self.sign(name)
        self._run(
            "req", "-x509", *NEW_KEY, self.path("other.key"), "-out", self.path("other.crt"), *named("x")
        )
        secret = ("-aes256", "-passout", "pass:secret")
        self._run("ec", "-in", self.path("server.key"), "-out", self.path("locked.key"), *secret)

    def path(self, name: str) -> str:
        return str(self._folder / name)

    def sign(self, name: str) -> None:
        key, request, signed = (self.path(f"{name}.{end}") for end in ("key", "csr", "crt"))
        self._run("req", *NEW_KEY, key, "-out", request, *named(name))
        authority = ("-CA", self.path("ca.crt"), "-CAkey", self.path("ca.key"), "-CAcreateserial")
        extensions = ("-extfile", self.path("signed.cnf"))
        self._run("x509", "-req", "-in", request, *authority, *extensions, "-out", signed, "-days", "2")

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)


# Python 3.13 takes no certificate without them.
EXTENSIONS = """\
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout")


def named(name: str) -> tuple[str, str]:
    return "-subj", f"/CN={name}"
