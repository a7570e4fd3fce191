"""Use cases, one noun a module; no Streamlit, no SQL text, no HTTP."""
