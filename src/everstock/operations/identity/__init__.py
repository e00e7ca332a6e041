"""Who may do what: users, roles, permissions, approval limits, and the trail of what was done."""
