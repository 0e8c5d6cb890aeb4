"""Attacks on the policy that two people agree on, each beside the lawful statement nearest to it."""

from tests.models.rule import Rule
from tests.models.statements import decide_policy, propose_policy

POLICY_RULES = {
    "nobody decides on the policy that he proposed": Rule(
        decide_policy(by="lead"), decide_policy(by="approver"), "policy_decisions_four_eyes"
    ),
    "a lead and an approver decide on the policy": Rule(
        decide_policy(by="deputy", as_role="SL"), decide_policy(by="approver"), "lead_and_approver"
    ),
    "the proposer is not somebody else in the decision": Rule(
        decide_policy(by="lead", proposer="deputy"), decide_policy(by="approver"), "foreign key"
    ),
    "nobody withdraws another's proposal": Rule(
        decide_policy(by="approver", outcome="withdrawn"),
        decide_policy(by="lead", as_role="SL", outcome="withdrawn"),
        "only_its_author_withdraws",
    ),
    "nobody else proposes a policy": Rule(
        propose_policy("new", as_role="OM"), propose_policy("other", as_role="IA"), "proposed_as_is_known"
    ),
    "a proposal stays as it was": Rule(
        "UPDATE policy_proposals SET numbers = '{}' WHERE id = 'proposed'",
        propose_policy("other"),
        "stays as it was",
    ),
    "a decision on the policy stays": Rule(
        "DELETE FROM policy_decisions", decide_policy(by="approver"), "stays as it was"
    ),
}
