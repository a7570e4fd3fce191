"""Template files for tests: a small right one, and ways to make it wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

RIGHT_SQL = """-- Impressions by campaign.
SELECT
  campaign,
  --: when kind is long
  campaign_id_string,
  --: end
  SUM(impressions) AS impressions
FROM dsp_impressions
WHERE
  CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
  OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), campaign_id_string)
GROUP BY
  --: when kind is long
  campaign_id_string,
  --: end
  campaign
"""

RIGHT_YAML = """name: small
title: A small one
group: things
version: "1"
question: What is there?
description: It counts.
parameters:
  - name: campaign_ids
    label: Campaigns
    type: campaign_list
    default: []
    help: Which ones.
  - name: kind
    label: Kind
    type: enum
    binding: section
    default: short
    choices:
      - {value: short, label: Short}
      - {value: long, label: Long}
    help: How much to say.
needs:
  sources:
    - name: dsp_impressions
  note: Nothing special.
default_window: last-7-days
window_help: A week.
output:
  - {name: campaign, title: Campaign, role: dimension, type: text, description: Its name.}
  - {name: impressions, title: Impressions, role: metric, type: integer, unit: count,
     description: How many.}
charts:
  - {kind: bar, title: Impressions, x: campaign, y: impressions}
reading: Read it.
privacy: Two people.
maturity: {days: 0, note: At once.}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a template into a folder `templates/things` and give the path of its YAML file."""

    def write_it(
        yaml: str | bytes = RIGHT_YAML, sql: str | None = RIGHT_SQL, name: str = "small"
    ) -> Path:
        folder = tmp_path / "templates" / "things"
        folder.mkdir(parents=True, exist_ok=True)
        content = yaml.encode() if isinstance(yaml, str) else yaml
        (folder / f"{name}.yaml").write_bytes(content)
        if sql is not None:
            (folder / f"{name}.sql").write_text(sql)
        return folder / f"{name}.yaml"

    return write_it
