"""Facts: measurements of turn-taking and timing, without opinion.

`measure(transcript, call)` gives every fact of the call's channel. The definitions are published
(README, ARCHITECTURE); the thresholds stand beside the code that uses them.
"""

from qa.facts.catalogue import measure

__all__ = ["measure"]
