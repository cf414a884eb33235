"""Side effects that steps call: a catalogue of named activities, each with a contract and a pure fake."""
