import errno
import os
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from codec_format.errors import OutputError
from codec_format.safe_write import check_target, safe_write

posix_only = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, limits, devices or signals")
not_as_root = pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="the superuser may write everywhere")


@pytest.mark.parametrize("content", [b"", b"new", bytes(range(256)) * 1000])
def test_writes_new_file(tmp_path: Path, content: bytes) -> None:
    safe_write(tmp_path / "a.qres", content)
    assert (tmp_path / "a.qres").read_bytes() == content
    assert os.listdir(tmp_path) == ["a.qres"]


def test_replaces_existing_file_and_accepts_text_paths(tmp_path: Path) -> None:
    target = tmp_path / "ä picture.qres"
    target.write_bytes(b"old, and longer than the new content")
    safe_write(str(target), b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == [target.name]


def test_relative_path_without_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    safe_write("a.qres", b"new")
    assert (tmp_path / "a.qres").read_bytes() == b"new"


@posix_only
def test_permissions_follow_umask_and_existing_file(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        safe_write(tmp_path / "fresh", b"new")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o640
    (tmp_path / "fresh").chmod(0o604)
    safe_write(tmp_path / "fresh", b"newer")
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o604


@posix_only
def test_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    safe_write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_longest_possible_name(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 255)
    safe_write(target, b"new")
    assert target.read_bytes() == b"new"


def test_a_possible_target_is_neither_made_nor_changed_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    for name in ("old", "new"):
        check_target(tmp_path / name)
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/a.qres", "folder does not exist"),
        ("folder", "it is a folder"),
        ("file/a.qres", "not a folder"),
        ("n" * 300, "too long"),
        ("null\0character", "null"),
    ],
)
@posix_only
def test_impossible_targets_are_named_in_a_sentence(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(OutputError, match=words):
        check_target(os.path.join(tmp_path, name))
    with pytest.raises(OutputError, match=words) as caught:
        safe_write(os.path.join(tmp_path, name), b"new")
    assert str(caught.value).startswith("Cannot write ")
    assert str(caught.value).endswith(".")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
    assert os.listdir(tmp_path / "folder") == []


@posix_only
@not_as_root
@pytest.mark.parametrize("mode", [0, 0o555])
def test_folder_without_permission(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    try:
        with pytest.raises(OutputError, match="permission is denied"):
            safe_write(folder / "a.qres", b"new")
    finally:
        folder.chmod(0o755)
    assert os.listdir(folder) == []


@posix_only
@not_as_root
def test_write_protected_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "a.qres"
    target.write_bytes(b"old")
    target.chmod(0)
    with pytest.raises(OutputError, match="permission is denied"):
        safe_write(target, b"new")
    target.chmod(0o600)
    assert target.read_bytes() == b"old"


def _run_python(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@posix_only
def test_permissions_are_respected_by_a_user_without_privileges(tmp_path: Path) -> None:
    """The two tests above for the superuser, who has to give up his rights for them."""
    if os.geteuid() != 0:
        pytest.skip("runs as the superuser only")
    (tmp_path / "old.qres").write_bytes(b"old")
    (tmp_path / "old.qres").chmod(0o444)
    code = """
        import os, sys
        from codec_format.errors import OutputError
        from codec_format.safe_write import check_target, safe_write
        os.chdir(sys.argv[1])
        os.chmod(".", 0o755)
        os.setuid(65534)
        for name in ("old.qres", "new.qres"):
            try:
                safe_write(name, b"new")
            except OutputError as error:
                print(error)
    """
    result = _run_python(tmp_path, code)
    assert result.stdout.count("permission is denied") == 2, result.stderr
    assert os.listdir(tmp_path) == ["old.qres"]
    assert (tmp_path / "old.qres").read_bytes() == b"old"


@posix_only
def test_no_room_for_the_file_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "a.qres").write_bytes(b"old")
    code = """
        import os, resource, sys
        from codec_format.errors import OutputError
        from codec_format.safe_write import check_target, safe_write
        os.chdir(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            safe_write("a.qres", bytes(100_000))
        except OutputError as error:
            print(error)
    """
    result = _run_python(tmp_path, code)
    assert "larger than this medium" in result.stdout, result.stderr
    assert os.listdir(tmp_path) == ["a.qres"]
    assert (tmp_path / "a.qres").read_bytes() == b"old"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_device_is_written_directly_and_a_full_one_is_reported() -> None:
    safe_write("/dev/null", b"new")
    with pytest.raises(OutputError, match="the disk is full"):
        safe_write("/dev/full", b"new")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_failure_at_any_step_removes_the_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    target = tmp_path / "a.qres"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, failing, fail)
    expected = OutputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        safe_write(target, b"new")
    assert os.listdir(tmp_path) == ["a.qres"]
    assert target.read_bytes() == b"old"


def test_what_a_killed_process_left_goes_a_day_later(tmp_path: Path) -> None:
    """Not what another process may be writing, and nothing that only looks like a temporary file."""
    ages = {
        ".qres-0123456789abcdef.tmp": 25 * 3600,
        ".qres-fedcba9876543210.tmp": 23 * 3600,
        ".qres-notes.tmp": 10**6,
        "qres-0123456789abcdef.tmp": 10**6,
    }
    for name, age in ages.items():
        (tmp_path / name).write_bytes(b"old")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    (tmp_path / ".qres-00000000000000aa.tmp").mkdir()
    safe_write(tmp_path / "a.qres", b"new")
    left = {"a.qres", ".qres-00000000000000aa.tmp", *ages} - {".qres-0123456789abcdef.tmp"}
    assert set(os.listdir(tmp_path)) == left


@posix_only
def test_kills_at_random_moments_leave_a_whole_file(tmp_path: Path) -> None:
    """Whenever the process dies, the target holds the old content or the new one in full."""
    kills = 250
    code = """
        import collections, os, random, signal, sys, time
        from codec_format.safe_write import safe_write

        target, kills = sys.argv[1] + "/a.qres", int(sys.argv[2])
        contents = [bytes([number]) * (2**18 + 2**16 * number) for number in range(4)]
        safe_write(target, contents[0])
        chance = random.Random(3)
        outcomes = collections.Counter()
        for attempt in range(kills):
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                os.write(writing, b"!")
                while True:
                    for content in contents:
                        safe_write(target, content)
            os.read(reading, 1)
            time.sleep(chance.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            assert os.WIFSIGNALED(status)
            os.close(reading), os.close(writing)
            with open(target, "rb") as file:
                outcomes[contents.index(file.read())] += 1  # a ValueError if it is none of them
            for name in os.listdir(sys.argv[1]):
                if name != "a.qres":
                    assert name.startswith(".qres-") and name.endswith(".tmp"), name
                    outcomes["interrupted"] += 1
                    os.unlink(os.path.join(sys.argv[1], name))
        print(sum(count for content, count in outcomes.items() if content != "interrupted"), outcomes["interrupted"])
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path), str(kills)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stderr
    killed, interrupted = map(int, result.stdout.split())
    assert killed == kills
    assert interrupted > kills / 10  # otherwise the moments were not those that matter
