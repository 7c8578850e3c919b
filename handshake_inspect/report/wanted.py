"""What is to be reported of what was found: by rule, by severity, by confidence, by connection."""

from collections.abc import Sequence

from handshake_inspect.columns import Array
from handshake_inspect.config import Settings
from handshake_inspect.rules.case import WholeHit
from handshake_inspect.rules.examine import Found


def wanted(found: Sequence[Found], admitted: Array, settings: Settings, codes: frozenset[str]) -> list[Found]:
    """What these rules found that is severe and sure enough, of the connections that are meant."""
    kept = []
    for f in found:
        if f.rule.code not in codes or f.severity < settings.min_severity:
            continue
        if isinstance(f.hit, WholeHit):
            lives = f.lives[admitted[f.lives]]
            if f.confidence[0] >= settings.min_confidence and (len(lives) or not len(f.lives)):
                kept.append(f.over(lives))
            continue
        f = f.only((f.confidence >= settings.min_confidence) & admitted[f.lives])
        if len(f.lives):
            kept.append(f)
    return kept
