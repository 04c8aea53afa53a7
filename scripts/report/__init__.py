"""What people and programs are shown: reports in five forms, progress, and a proposal's page."""
