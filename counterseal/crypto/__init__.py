"""Floor two: signatures. People sign with SSH keys (SSHSIG), machines sign DSSE envelopes with P-256 keys."""
