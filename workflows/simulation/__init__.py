"""What an SOP would do: tests, play on a virtual clock, forecasts, back-tests. Pure, on the engine of real cases."""
