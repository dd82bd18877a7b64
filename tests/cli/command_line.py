"""The command line, run here."""

from typer.testing import CliRunner

from kerasgen import cli


def run(*args, code=0):
    """Runs the command line here and checks its exit code."""
    result = CliRunner().invoke(cli.app, [str(arg) for arg in args], prog_name="kerasgen")
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result
