"""Opening answers on record: who may ask, who grants, what comes out, and the backlog of own words."""
