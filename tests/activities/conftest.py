"""The same distributor as the stock tests."""

from tests.stock.conftest import house as house
