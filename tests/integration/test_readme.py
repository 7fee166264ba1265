"""The commands in README.md run as they stand, but for the place of the instance and the port."""
import json
import re
import subprocess

import pytest
from instance import BUILD, ROOT


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def as_here(words: str, instance, folder) -> str:
    words = words.replace("build/release/", f"{BUILD}/").replace("var/demo", str(instance.dir)).replace("record.pdf", f"{folder}/record.pdf")
    return words.replace("http://127.0.0.1:8080", instance.url)


def test_there_are_commands():
    assert len(blocks("sh")) >= 2 and sum(block.count("build/release/yinxin") for block in blocks("sh")) >= 4


@pytest.mark.parametrize("served_too", [True, False], ids=["beside a server", "without a server"])
def test_the_commands_of_the_readme_run(fresh, tmp_path, served_too):
    if served_too:
        fresh.start()
    for block in blocks("sh"):
        if "curl" in block and not served_too:
            continue
        run = subprocess.run(["bash", "-e", "-c", as_here(block, fresh, tmp_path)], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        if "curl" in block:
            answer = json.loads(run.stdout)
            assert answer["type"] == "invoice" and fresh.verify(answer["code"])["outcome"] == "on_record"


def test_dev_says_what_it_does():
    words = subprocess.run([str(ROOT / "dev"), "help"], capture_output=True, text=True, check=True).stdout
    assert all(f"./dev {verb}" in words for verb in ("run", "test", "build", "setup", "bench", "format", "fuzz"))
    unknown = subprocess.run([str(ROOT / "dev"), "fuzz", "anything", "1"], capture_output=True, text=True)
    assert unknown.returncode == 2 and "no fuzz target" in unknown.stderr


def test_every_command_explains_itself():
    run = subprocess.run([str(BUILD / "yinxin"), "--help"], capture_output=True, text=True)
    assert run.returncode == 0
    for command in ("init", "serve", "issue", "seal", "seals", "verify", "form", "apikey", "keys", "fsck", "doctor", "pki", "bench"):
        assert command in run.stdout
        assert subprocess.run([str(BUILD / "yinxin"), command, "--help"], capture_output=True).returncode == 0
    for arguments in (["no-such-command"], ["verify"], ["issue", "invoice"], ["seal"], ["seals"], ["serve"]):
        assert subprocess.run([str(BUILD / "yinxin"), *arguments], capture_output=True).returncode == 2, arguments
