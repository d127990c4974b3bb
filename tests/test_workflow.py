"""What continuous integration runs cannot be exchanged by somebody else."""

import re

import yaml

from alsnb.settings import top_folder

TOP = top_folder()
WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+(?:\.\d+){2}$")


def test_every_action_is_pinned_by_commit_and_says_which_version_that_is():
    assert WORKFLOWS
    for path in WORKFLOWS:
        lines = path.read_text(encoding="utf-8").splitlines()
        used = [line.strip(" -") for line in lines if re.search(r"\buses:", line)]
        assert used
        for line in used:
            assert PINNED.match(line), line


def test_jobs_may_read_and_only_the_one_that_publishes_may_do_more():
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}
        more = {name for name, job in workflow["jobs"].items() if "permissions" in job}
        assert more <= {"publish"}


def test_the_bill_of_materials_and_the_audit_are_part_of_the_workflow():
    steps = yaml.safe_load(WORKFLOWS[0].read_text(encoding="utf-8"))["jobs"]["build"]["steps"]
    assert "make audit" in [step.get("run") for step in steps]
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\naudit:")[2]
    for words in ("cyclonedx-py requirements requirements.lock", "pip-audit --strict", "hashes"):
        assert words in recipe


def test_the_tools_of_the_audit_are_locked_with_hashes_and_no_index_address():
    text = (TOP / ".ci" / "audit.lock").read_text(encoding="utf-8")
    pinned = re.findall(
        r"^[a-z0-9._-]+==[^\n]*(?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)+", text, re.M
    )
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", text, re.M)) > 20
    assert "://" not in text
