"""Which part of the house may include which, and which library is used where. The tables are those of ARCHITECTURE.md."""
import re
from pathlib import Path

# A file's layer is the longest key that is a prefix of its path; it may include files of its own layer and of those listed
# (with a star: and of all below).
LAYERS = {
    "common/": [],
    "pdf/": ["common/"],
    "keys/crypto/": ["common/"],
    "keys/pki/": ["common/", "keys/crypto/"],
    "keys/private_key.h": ["common/"],
    "keys/operation_counter": ["common/", "keys/crypto/", "keys/private_key.h"],
    "keys/": ["common/", "keys/crypto/", "keys/pki/", "keys/private_key.h"],
    "signer/": ["common/", "pdf/", "keys/crypto/", "keys/pki/", "keys/private_key.h"],
    "verify/": ["common/", "pdf/", "keys/crypto/", "keys/pki/"],
    "verify/paper/reading": ["common/"],
    "verify/paper/": ["common/", "pdf/", "verify/paper/reading"],
    "server/domain/": ["common/"],
    "server/config/": ["common/", "pdf/"],
    "server/ipc/": ["common/"],
    "server/json_input": ["common/"],
    "server/embedded.h": ["common/"],
    "server/storage/key_register.h": ["common/", "server/domain/"],
    "server/storage/store.h": ["server/storage/key_register.h", "common/", "keys/pki/", "keys/private_key.h", "server/domain/"],
    "server/storage/": ["common/", "keys/crypto/", "keys/pki/", "keys/private_key.h", "keys/operation_counter", "server/domain/"]
    + ["server/storage/store.h", "server/storage/key_register.h"],
    "server/levels/": ["common/", "pdf/", "signer/", "verify/", "keys/crypto/", "keys/pki/"],
    "server/service/": ["common/", "pdf/", "signer/", "verify/", "verify/paper/reading", "keys/crypto/", "keys/pki/", "keys/private_key.h"]
    + ["server/domain/", "server/config/", "server/inspector/changed_pages", "server/inspector/external_seal", "server/json_input", "server/levels/"]
    + ["server/storage/store.h", "server/storage/key_register.h"],
    "server/http/": ["common/", "server/domain/", "server/config/", "server/embedded.h", "server/service/", "server/api/"],
    "server/http/known_keys.cpp": ["common/", "keys/crypto/", "server/http/"],
    "server/api/": ["common/", "pdf/", "server/domain/", "server/config/", "server/json_input", "server/embedded.h"]
    + ["server/service/", "server/http/"],
    "server/web/": ["common/", "pdf/", "server/domain/", "server/embedded.h", "server/service/", "server/http/", "server/api/"],
    "server/inspector/changed_pages": ["common/"],
    "server/inspector/paint": ["common/", "server/inspector/changed_pages"],
    "server/inspector/painter.cpp": ["common/", "server/ipc/", "server/inspector/nest", "server/inspector/paint"],
    "server/inspector/external_seal": ["common/", "pdf/"],
    "server/inspector/main.cpp": ["common/", "pdf/", "verify/", "verify/paper/", "keys/crypto/", "keys/pki/", "server/ipc/", "server/inspector/nest"]
    + ["server/inspector/prepare"],
    "server/inspector/prepare": ["common/", "pdf/", "verify/", "server/inspector/external_seal"],
    "server/inspector/nest_client": ["common/", "server/children"],
    "server/inspector/nest": ["common/", "server/ipc/", "server/inspector/sandbox"],
    "server/inspector/sandbox": ["common/"],
    "server/inspector/": ["common/", "server/children", "server/inspector/nest_client", "server/service/"],
    # The composer may use everything but the private keys' store: that is linked into the sealer, and into what makes keys.
    "server/": ["common/", "pdf/", "signer/", "verify/", "verify/paper/reading", "keys/crypto/", "keys/pki/", "keys/private_key.h", "keys/operation_counter", "server/*"],
    "server/sealer/client": ["common/", "keys/pki/", "keys/private_key.h", "server/children"],
    "server/sealer/main.cpp": ["common/", "keys/*", "server/ipc/", "server/sealer/"],
    "server/sealer/": ["common/", "keys/*"],
    "server/children": ["common/", "server/ipc/"],
    "server/offline/": ["common/", "keys/crypto/", "keys/pki/", "server/domain/", "verify/"],
    "server/loopback_listener": ["common/"],
    "server/http_client": ["common/", "server/config/"],
    "server/demo/faults": ["common/"],
    "server/demo/process": ["common/", "keys/pki/", "server/children", "server/config/", "server/http_client"],
    "server/demo/http_client": ["common/", "server/config/", "server/demo/process", "server/http_client"],
    "server/demo/": ["common/", "keys/*", "server/ipc/", "server/loopback_listener", "server/demo/faults"],
    "server/init": ["common/", "pdf/", "signer/", "keys/*", "server/*"],
}

# Headers of a library, and the paths in which they may be included.
LIBRARIES = {
    r"openssl/": ["keys/", "signer/", "verify/", "server/inspector/main.cpp"],  # the last loads it before the sandbox closes
    r"hpdf": ["pdf/form_compiler"],
    r"hb(-[a-z]+)?\.h": ["pdf/typeface"],
    r"ZXing/|ReadBarcode\.h|MultiFormatWriter\.h": ["pdf/barcode"],
    r"qpdf/": ["pdf/form_compiler"],
    r"png\.h": ["pdf/png_image", "verify/paper/png_picture", "server/inspector/paint"],
    r"poppler": ["server/inspector/paint"],
    r"turbojpeg\.h": ["verify/paper/jpeg_picture"],
    r"libheif/|libde265/": ["verify/paper/heif_picture"],
    r"Poco/": ["server/"],
    r"curl/": ["server/http_client"],
    r"sqlite3\.h": ["server/storage/"],
    r"zstd": ["server/storage/"],
    r"spdlog/|CLI/|toml": ["server/"],
    r"mustache": ["server/"],
    r"seccomp\.h": ["server/inspector/", "server/sealer/"],
    r"nlohmann/json\.hpp": ["server/", "pdf/", "verify/report", "verify/paper/reading", "keys/", "signer/"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def layer_of(path: str) -> str | None:
    return max((layer for layer in LAYERS if path.startswith(layer)), key=len, default=None)


def faults_of(path: str, text: str) -> list[str]:
    """What this file includes and may not, each as path:line: words."""
    layer, faults = layer_of(path), []
    if layer is None:
        return [f"{path}:1: belongs to no layer"]
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        included = match[1]
        target = layer_of(included)
        if target is not None:
            allowed = target == layer or any(
                target.startswith(entry[:-1]) if entry.endswith("*") else target == entry for entry in LAYERS[layer]
            )
            own_header = included.rsplit(".", 1)[0] == path.rsplit(".", 1)[0]
            if not allowed and not own_header:
                faults.append(f"{path}:{number}: {layer} may not include {included}")
        for library, places in LIBRARIES.items():
            if re.match(library, included) and not any(path.startswith(place) for place in places):
                faults.append(f"{path}:{number}: <{included}> is used only in {', '.join(places)}")
        if "/internal/" in included and not path.startswith(included.split("/internal/")[0]):
            faults.append(f"{path}:{number}: {included} is internal to its module")
    return faults


def check(root: Path, files: list[str]) -> list[str]:
    product = [file for file in files if file.endswith((".h", ".cpp")) and not file.startswith("tests/")]
    return [fault for file in product for fault in faults_of(file, (root / file).read_text())]
