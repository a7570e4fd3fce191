"""Everything Streamlit."""
