"""Looks into running processes: which files they have open, what is in their memory. As root, because the sealer shuts all others out."""
import base64
import contextlib
import os
import re
import subprocess
from pathlib import Path

BLOCK = 64 << 20
PRIVATE_NUMBERS = ("priv", "privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient")


def private_keys(folder: Path) -> dict[tuple[str, str], bytes]:
    """{(key, form): bytes}: every private number of every key in a folder, in every form in which it may lie in memory."""
    forms = {}
    for path in sorted(folder.glob("*.p8")):
        def openssl(*arguments: str) -> bytes:
            command = ["openssl", "pkey", "-in", str(path), "-passin", f"file:{folder / 'passphrase'}", *arguments]
            return subprocess.run(command, capture_output=True, check=True).stdout

        text = openssl("-noout", "-text").decode()
        numbers = {
            name: bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0")
            for name, digits in re.findall(r"^(\w+):\n((?: +[0-9a-f:]+\n)+)", text, re.MULTILINE)
            if name in PRIVATE_NUMBERS
        }
        assert len(numbers) in (1, 6), text  # one of an elliptic curve, six of RSA
        pems = {"PKCS#8 PEM": openssl()}
        if "SM2" not in text:  # OpenSSL has no older form for those
            pems["PKCS#1 or SEC 1 PEM"] = openssl("-traditional")
        for name, number in numbers.items():
            forms |= {
                (path.stem, f"{name}, first byte first, also in DER"): number,
                (path.stem, f"{name}, last byte first"): number[::-1],
                (path.stem, f"{name}, hexadecimal"): number.hex().encode(),
                (path.stem, f"{name}, HEXADECIMAL"): number.hex().upper().encode(),
                (path.stem, f"{name}, base64"): base64.b64encode(number).rstrip(b"=")[:-1],
                (path.stem, f"{name}, base64url"): base64.urlsafe_b64encode(number).rstrip(b"=")[:-1],
            }
            forms |= {(path.stem, f"{name}, {form}"): pem_line(pem, number) for form, pem in pems.items()}
    return forms


def pem_line(pem: bytes, scalar: bytes) -> bytes:
    """As much of a PEM's longest stretch without a line break as is made of the private number alone."""
    lines = [line for line in pem.splitlines() if not line.startswith(b"-")]
    start = base64.b64decode(b"".join(lines)).index(scalar)
    first, last = -(-start * 8 // 6), (start + len(scalar)) * 8 // 6
    parts, at = [], 0
    for line in lines:
        parts.append(line[max(first - at, 0) : max(last - at, 0)])
        at += len(line)
    longest = max(parts, key=len)
    assert len(longest) >= 16, pem
    return longest


def files_below(pid: int, folder: Path) -> list[str]:
    """Files of this folder that a process has open or mapped."""
    paths = set()
    for entry in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            paths.add(os.readlink(f"/proc/{pid}/fd/{entry}"))
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        paths.add(line.split(maxsplit=5)[-1])
    return sorted(path for path in paths if path.startswith(f"{folder.resolve()}/"))


def found_in_memory(pid: int, needles: dict) -> list:
    """The keys of those needles that stand somewhere in what the process can read."""
    found, size = set(), 0
    overlap = max(map(len, needles.values()))
    try:
        memory = open(f"/proc/{pid}/mem", "rb", buffering=0)
    except PermissionError:
        raise AssertionError("this looks into the memory of other processes: run it as root, or with CAP_SYS_PTRACE") from None
    with memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, modes = line.split()[:2]
            if "r" not in modes or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            at, end = (int(address, 16) for address in span.split("-"))
            before = b""
            while at < end:
                try:
                    block = os.pread(memory.fileno(), min(BLOCK, end - at), at)
                except OSError:  # a page behind the end of its file
                    before, at = b"", at + os.sysconf("SC_PAGE_SIZE")
                    continue
                size += len(block)
                found |= {name for name, needle in needles.items() if needle in before + block}
                before, at = block[-overlap:], at + len(block)
    assert size > 1 << 20, f"only {size} bytes of process {pid} could be read"
    return sorted(found)
