"""What the rooms of cases and audit share: records told in words, the slider, the explanation, the signature block."""
