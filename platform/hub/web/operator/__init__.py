"""The operator's pages: jobs, audit, appointments. Verification and review live with the firms and posts."""
