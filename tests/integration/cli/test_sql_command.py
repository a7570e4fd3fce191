"""`sql check`, `sql explain` and `sql format`: files, standard input, JSON, exit codes."""

import pytest

from tests.integration.cli.shell import GOOD, INSTANCE, Shell

WARNED = GOOD + " ORDER BY n"
WRONG = "-- one\nSELECT campain, SUM(impressions) AS n\nFROM dsp_impressions\nGROUP BY 1\nLIMIT 5"
AUDIENCE = "SELECT campaign FROM dsp_clicks_for_audiences GROUP BY campaign"


def test_check_reads_a_file_and_standard_input_alike(shell: Shell) -> None:
    (shell.folder / "wrong.sql").write_text(WRONG)
    from_file = shell("sql", "check", "wrong.sql")
    piped = shell("sql", "check", "-", stdin=WRONG)
    assert from_file == piped
    assert from_file.code == 1
    assert "unknown-column" in from_file.out
    assert "Did you mean 'campaign'?" in from_file.out
    assert shell("sql", "check", "-", stdin=GOOD).out == "Nothing found.\n"


def test_only_errors_make_the_exit_code(shell: Shell) -> None:
    (shell.folder / "warned.sql").write_text(WARNED)
    (shell.folder / "wrong.sql").write_text(WRONG)
    (warning,) = shell.json("sql", "check", "warned.sql", code=0)["findings"]
    assert (warning["severity"], warning["code"]) == ("warning", "outer-order-by")
    found = shell.json("sql", "check", "wrong.sql", code=1)["findings"]
    assert [(f["code"], f["line"], f["column"]) for f in found] == [
        ("unknown-column", 2, 8),
        ("limit", 5, 1),
    ]
    assert found[0]["fix"]["replacement"] == "campaign"
    assert found[1]["fix"] is None


def test_check_knows_the_instance_and_audiences(shell: Shell) -> None:
    (shell.folder / "audience.sql").write_text(AUDIENCE)
    plain = shell.json("sql", "check", "audience.sql", code=1)["findings"]
    assert "audience-table" in {f["code"] for f in plain}
    said = shell.json("sql", "check", "audience.sql", "--audience", code=1)["findings"]
    assert {f["code"] for f in said if f["severity"] == "error"} == {"audience-output"}
    (shell.folder / "own.sql").write_text("SELECT a, COUNT(b) AS n FROM no_such_upload GROUP BY 1")
    own = shell.json("sql", "check", "own.sql", "--instance", INSTANCE, code=1)["findings"]
    assert [f["code"] for f in own] == ["unknown-table"]


def test_placeholders_are_checked_as_they_are_written(shell: Shell) -> None:
    (shell.folder / "held.sql").write_text(f"{GOOD.split(' GROUP')[0]} WHERE campaign = {{{{ c }}}}"
                                           " GROUP BY 1")  # fmt: skip
    assert shell.json("sql", "check", "held.sql") == {"findings": []}


def test_the_set_severities_hold_and_a_wrong_one_is_a_broken_setup(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.folder / "wrong.sql").write_text(WRONG.replace("campain", "campaign"))
    assert shell("sql", "check", "wrong.sql").code == 1
    monkeypatch.setenv("AMC_SQL_SEVERITIES", "limit=warning")
    assert shell("sql", "check", "wrong.sql").code == 0
    monkeypatch.setenv("AMC_SQL_SEVERITIES", "limits=warning")
    broken = shell("sql", "check", "wrong.sql")
    assert broken.code == 2
    assert "AMC_SQL_SEVERITIES: there is no rule 'limits'. Did you mean 'limit'?" in broken.err


def test_format_and_explain_read_standard_input(shell: Shell) -> None:
    messy = "select  campaign , sum( impressions )as n -- all\nfrom dsp_impressions group by 1"
    formatted = shell("sql", "format", "-", stdin=messy)
    assert formatted.code == 0
    assert "-- all" in formatted.out
    assert shell("sql", "format", "-", stdin=formatted.out).out == formatted.out
    explained = shell("sql", "explain", "-", stdin=messy)
    assert explained.code == 0
    assert "dsp_impressions" in explained.out
    assert shell("sql", "format", "-", stdin="SELECT 'a").code == 1
    assert shell("sql", "explain", "-", stdin="SELECT (").code == 1


@pytest.mark.parametrize("word", ["check", "format", "explain"])
def test_wrong_usage_is_2(shell: Shell, word: str) -> None:
    assert shell("sql", word).code == 2
    assert shell("sql", word, "good.sql", "--nothing").code == 2
    assert shell("sql", word, "nofile.sql").code == 2
    assert shell("sql", word, "-", stdin="").code == 2
