"""Master data as words and laws: which fields a product, partner, paper, price or place has, and what may stand in them."""
