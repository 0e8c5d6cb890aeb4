"""Sealing: who can open what. Cryptography only: no web, no database, no clock, no settings.

The promise: whoever takes the database, the disk, the backups and the configuration, all together, reads no answer
and no profile. Opening answers needs a lead and a reviewer, each time.

One file a job:

- `suite`       the algorithms, `Secret`, `SealingError`; seal to a public key, open with the private one
- `canonical`   several fields as one byte string that can be read in one way only
- `wrapping`    a secret kept under a symmetric key
- `root`        the keys derived from the one root secret of the configuration
- `identity`    staff passphrases, and the identity keys of holders under them
- `strand`      the strand's key pair and its two halves: one for leads, one for reviewers
- `epoch`       the short-lived keys under which answers arrive
- `inclusion`   the inclusion key, and opening the coarse profiles sealed to it
- `helprequest` what somebody wrote to be contacted, sealed to each lead on call
- `record`      one answer or one profile, sealed under a key of its own
- `receipt`     the 20 digits that take answers back, and the two record ids they lead to
- `invitation`  codes that let somebody in once, kept only as a keyed digest
- `form`        the state between two pages, in the browser's own cookies
- `rowseal`     database rows that a writer of the database alone can neither swap nor forge
- `opening`     requests, grants and the opening of answers; protected, most of the house must not import it
- `chain`       the audit trail, each event tied to the one before

Randomness comes from the operating system. Nothing here logs, and a `Secret` prints as nothing.
"""
