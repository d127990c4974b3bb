"""Damaged releases for trying a reader on: each by name, with what it must lead to.

A small good release is damaged in one way at a time. A pipeline that reads PRO-ACT should end on
each either in a result and a remark, or in a refusal that says what is wrong; never in silence.
"""

from alsnb.checks import listed, refuse
from alsnb.synthetic.damage import contents, files, places
from alsnb.synthetic.damage.kinds import DAMAGES, Damage

__all__ = ["DAMAGES", "Damage", "find_damage", "list_damages"]

PARTS = (files, contents, places)
"""The modules of damages; each adds its own to :data:`DAMAGES`."""


def list_damages() -> str:
    """Return a line per damage: its name, and what it must lead to."""
    width = max(len(damage.word) for damage in DAMAGES)
    return "\n".join(f"{damage.word:{width}}  {damage.outcome}" for damage in DAMAGES)


def find_damage(name: str) -> Damage:
    """Return the damage of this name, in words or as one word; refuse any other."""
    found = [damage for damage in DAMAGES if name in (damage.name, damage.word)]
    if not found:
        near = [d.word for d in DAMAGES if name.lower() in d.word.lower()] or [DAMAGES[0].word]
        raise refuse(
            "The damage",
            expected=f"one of {len(DAMAGES)} names, such as {listed(near)}",
            found=f"'{name}'",
            remedy="See them all with 'alsnb simulate --damage list'; nothing was written.",
        )
    return found[0]
