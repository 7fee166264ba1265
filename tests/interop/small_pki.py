"""A PKI by the openssl command for testing the oracles themselves: root, CA, signer, time stamp authority, OCSP responder, served
on loopback. Nothing of the project is in it, so that an oracle and the project cannot share a mistake.
"""
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECTIONS = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = caIssuers;URI:{url}/root.cer
crlDistributionPoints = URI:{url}/root.crl
[leaf]
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:{url}/ocsp, caIssuers;URI:{url}/ca.cer
crlDistributionPoints = URI:{url}/ca.crl
keyUsage = critical, digitalSignature{more_usage}
{more}
[ocsp]
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
1.3.6.1.5.5.7.48.1.5 = ASN1:NULL
[issuing]
database = {folder}/{issuer}.index
default_md = sha256
default_crl_days = 30
[tsa]
default_tsa = stamps
[stamps]
serial = {folder}/tsa.serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
accuracy = secs:1
"""


class SmallPki:
    """NAME.pem and NAME.key in a folder, and TSA, OCSP, CRLs and CA certificates at self.url until it is closed."""

    def __init__(self, folder: Path):
        self.folder = folder
        pki = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                file = pki.folder / self.path.lstrip("/")
                self.reply(file.read_bytes() if self.path.endswith((".crl", ".cer")) and file.exists() else None, "application/octet-stream")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = {"/tsa": pki.stamp, "/ocsp": pki.status}.get(self.path)
                kind = "application/timestamp-reply" if self.path == "/tsa" else "application/ocsp-response"
                self.reply(answer(body) if answer else None, kind)

            def reply(self, body, kind):
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.lock, self.last_stamp = threading.Lock(), 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.certificate("root", "root", "authority")
        self.certificate("ca", "root", "ca")
        self.certificate("signer", "ca", "leaf", more_usage=", nonRepudiation")
        self.certificate("brief", "ca", "leaf", days="30", more_usage=", nonRepudiation")
        self.certificate("elsewhere", "ca", "leaf", url=self.url.replace("127.0.0.1", "0.0.0.0"), more_usage=", nonRepudiation")
        self.certificate("tsa", "ca", "leaf", more="extendedKeyUsage = critical, timeStamping")
        self.certificate("ocsp", "ca", "ocsp")
        for issuer in ("root", "ca"):
            self.revoke(issuer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def openssl(self, *words: str) -> bytes:
        run = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True)
        assert run.returncode == 0, (words, run.stderr.decode())
        return run.stdout

    def config(self, **values: str) -> str:
        file = self.folder / "openssl.cnf"
        file.write_text(SECTIONS.format(**{"url": self.url, "folder": self.folder, "issuer": "ca", "more_usage": "", "more": "", **values}))
        return str(file)

    def certificate(self, name: str, issuer: str, section: str, days: str = "3000", **values: str) -> None:
        config = self.config(**values)
        self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        self.openssl("req", "-new", "-config", config, "-key", f"{name}.key", "-subj", f"/O=Yinxin Test/CN=oracle test {name}", "-out", f"{name}.csr")
        by = ["-signkey", f"{name}.key"] if name == issuer else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial"]
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-sha256", "-days", days, *by, "-extfile", config, "-extensions", section, "-out", f"{name}.pem")
        self.openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.cer")
        serial = self.openssl("x509", "-in", f"{name}.pem", "-noout", "-serial").decode().strip().split("=")[1]
        with open(self.folder / f"{issuer}.index", "a") as index:
            index.write(f"V\t491231000000Z\t\t{serial}\tunknown\t/O=Yinxin Test/CN=oracle test {name}\n")

    def revoke(self, issuer: str, name: str | None = None) -> None:
        """Makes the issuer's CRL anew; with a name, that certificate is on it (and its OCSP status is revoked) from now on."""
        with self.lock:
            config = self.config(issuer=issuer)
            if name:
                # Times are whole seconds here: what was stamped before must not bear the time of the revocation.
                while time.time() < self.last_stamp + 1:
                    time.sleep(0.01)
                self.openssl("ca", "-config", config, "-name", "issuing", "-keyfile", f"{issuer}.key", "-cert", f"{issuer}.pem", "-revoke", f"{name}.pem")
            self.openssl("ca", "-config", config, "-name", "issuing", "-keyfile", f"{issuer}.key", "-cert", f"{issuer}.pem", "-gencrl", "-out", f"{issuer}.crl.pem")
            self.openssl("crl", "-in", f"{issuer}.crl.pem", "-outform", "DER", "-out", f"{issuer}.crl")

    def stamp(self, request: bytes) -> bytes:
        reply = self.answered(request, lambda query, reply: self.openssl(
            "ts", "-reply", "-config", self.config(), "-section", "stamps", "-queryfile", query, "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "ca.pem", "-out", reply))
        self.last_stamp = int(time.time())
        return reply

    def status(self, request: bytes) -> bytes:
        return self.answered(request, lambda query, reply: self.openssl(
            "ocsp", "-index", "ca.index", "-CA", "ca.pem", "-rsigner", "ocsp.pem", "-rkey", "ocsp.key", "-rmd", "sha256", "-ndays", "30", "-reqin", query, "-respout", reply))

    def answered(self, request: bytes, work) -> bytes:
        with self.lock, tempfile.TemporaryDirectory() as place:
            query, reply = Path(place, "query"), Path(place, "reply")
            query.write_bytes(request)
            work(str(query), str(reply))
            return reply.read_bytes()
