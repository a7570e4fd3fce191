"""Parts of pages that draw something and give a value back."""
