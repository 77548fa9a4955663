"""Writes the vectors of the margin model to ../vectors/model. See README.md."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import accounts
import published
import sequences
import terms

SEED = 20_261_121
TARGET = Path(__file__).resolve().parent.parent / "vectors" / "model"


def write(name, cases):
    """One JSON document, one case a line."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) for case in cases)
    (TARGET / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main():
    """All files."""
    TARGET.mkdir(parents=True, exist_ok=True)
    text = json.dumps(published.document(), indent=1, ensure_ascii=False)
    (TARGET / "published.json").write_text(text + "\n", encoding="utf-8")
    write("terms", terms.cases(SEED))
    write("accounts", accounts.cases(SEED))
    write("joint", sequences.joint_cases(SEED))
    write("value_at_risk", sequences.value_at_risk_cases(SEED))
    write("holdings", sequences.holding_cases(SEED))
    write("haircuts", sequences.haircut_cases(SEED))
    write("dynamics", sequences.dynamics_cases(SEED))
    write("surfaces", sequences.surface_cases(SEED))


if __name__ == "__main__":
    main()
