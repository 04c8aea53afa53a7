from __future__ import annotations

import inspect
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from counterseal.values.finding import UsageError, refuse
from counterseal.verification.objects import GitError
from scripts import boundary
from scripts.commands import COMMANDS, PANELS, Command
from scripts.main import main

CHECKOUT = Path(__file__).parents[2]


def test_help_shows_each_panel_and_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    shown = [command for command in COMMANDS if command.panel]
    assert all(panel in said for panel in PANELS)
    assert all(command.name.split()[0] in said for command in shown)
    assert "Judge a push" not in said, "hidden commands stay hidden"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_table_says_what_the_command_says(command: Command) -> None:
    function = command.load()
    assert (inspect.getdoc(function) or "").partition("\n")[0] == command.says
    assert function.__name__ == command.function
    assert command.panel in {*PANELS, ""}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_has_help_of_its_own(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.name.split(), "--help"]) == 0
    assert "Usage: counterseal" in capsys.readouterr().out


def test_help_loads_neither_the_kernel_nor_the_pipeline() -> None:
    program = (
        "import sys; from scripts.main import main; code = main(['--help']); "
        "heavy = {'pydantic', 'cryptography', 'in_toto', 'polars', 'sklearn'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy or code else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [["nonsense"], ["status", "--nonsense"], ["init"], ["status", "--format", "pdf"]])
def test_bad_usage_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_no_repository_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--repo", str(tmp_path)]) == 2
    assert "no Git repository" in capsys.readouterr().err


def _raise(error: BaseException) -> NoReturn:
    raise error


def test_a_refusal_is_exit_code_1_and_reads_as_findings(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = refuse("A_CODE", "file.yaml:3", "one thing", "another\nwith \x1b[31mcolour", "do this")
    assert boundary.exit_code(lambda: _raise(refusal)) == boundary.REFUSED
    said = capsys.readouterr().err
    assert said.startswith("file.yaml:3: A_CODE\n")
    assert "expected  one thing" in said
    assert "mend      do this" in said
    assert "\x1b" not in said


def test_what_git_refuses_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.exit_code(lambda: _raise(GitError("git push: no"))) == boundary.REFUSED
    assert "git push: no" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (
            "git push: error: Unable to create '/a b/refs/heads/x.lock': File exists.\n\nAnother",
            "/a b/refs/heads/x.lock",
        ),
        ("git config: error: could not lock config file .git/config: File exists", ".git/config.lock"),
    ],
)
def test_a_lock_is_told_with_the_way_out(capsys: pytest.CaptureFixture[str], text: str, path: str) -> None:
    assert boundary.exit_code(lambda: _raise(GitError(text))) == boundary.REFUSED
    said = capsys.readouterr().err
    assert said.startswith(f"{path}: GIT_LOCKED\n")
    assert f"rm {shlex.quote(path)}" in said


def test_what_the_machine_refuses_is_exit_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert boundary.exit_code((tmp_path / "no" / "such" / "folder").mkdir) == boundary.REFUSED
    said = capsys.readouterr().err
    assert f"{tmp_path}/no/such/folder: SYSTEM" in said
    assert "found     No such file or directory" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_an_answer_that_cannot_be_written_is_no_yes() -> None:
    words = [sys.executable, "-c", "from scripts.main import main; raise SystemExit(main(['--help']))"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, cwd=CHECKOUT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "SYSTEM" in done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_usage_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.exit_code(lambda: _raise(UsageError("say which"))) == boundary.USAGE
    assert capsys.readouterr().err == "counterseal: say which\n"


def test_an_interruption_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.exit_code(lambda: _raise(KeyboardInterrupt())) == boundary.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_bug_is_one_line_and_a_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert boundary.exit_code(lambda: _raise(ZeroDivisionError("our mistake"))) == boundary.BUG
    said = capsys.readouterr().err
    (log,) = tmp_path.glob("counterseal-*.log")
    assert str(log) in said
    assert "Traceback" not in said
    assert said.count("\n") == 1
    assert "ZeroDivisionError: our mistake" in log.read_text()


def test_nothing_to_say_is_exit_code_0() -> None:
    assert boundary.exit_code(lambda: None) == boundary.HELD
