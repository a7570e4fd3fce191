"""The SQL editor: CodeMirror 6 as a Streamlit component, served by the app itself."""
