"""What a form is: the dialect, the model, filling in, validation with words in Chinese and English, differences."""
